#include "stages/job/settle_operations.hpp"

#include <fmt/format.h>

namespace af {
namespace {

// Those whose results are no values of the kind they are made of.
bool needs_builtin_map(BuiltinOperation operation) {
    return operation == BuiltinOperation::unique || operation == BuiltinOperation::histogram ||
           operation == BuiltinOperation::top_k;
}

void refuse_of_values(const std::optional<GroupSpec>& step, std::string_view name, const YamlReader& top) {
    if (!step || !step->operation || !needs_builtin_map(*step->operation)) return;
    throw top.error(name, fmt::format("{} is not in this version but behind a map with language: builtin",
                                      word_of(*step->operation)));
}

void check_output(const BuiltinOutput& output, const BuiltinMap& map, const YamlReader& top) {
    if (output.operation.has_value() != map.combines()) {
        throw top.error_at(output.line, "map: one output has an operation, another has none")
            .hint("give all of them one, or none");
    }
    if (output.operation == BuiltinOperation::count && output.value)
        throw top.error_at(output.line, "map: count takes no value");
    if (output.operation != BuiltinOperation::count && !output.value) {
        throw top.error_at(output.line, "map: value is missing")
            .hint("a path such as simpleMeasurements.uptime; only operation: count goes without");
    }
}

}  // namespace

void settle_operations(Job& job, YamlReader& top) {
    if (!job.map.builtin) {
        refuse_of_values(job.combine, "combine", top);
        refuse_of_values(job.reduce, "reduce", top);
        return;
    }
    if (job.map.input != MapInput::records || job.records.format == RecordFormat::lines) {
        throw top.error("map", "language: builtin needs records, and of the format uuid-json, json-lines or tsv");
    }
    BuiltinMap& map = *job.map.builtin;
    const YamlNode* reduce = top.node("reduce");
    const bool reduce_names_it = reduce && job.reduce->operation && reduce->find("operation");
    for (BuiltinOutput& output : map.outputs) {
        if (!reduce_names_it) break;
        if (!output.operation) output.operation = job.reduce->operation;
        if (output.operation == job.reduce->operation) continue;
        throw top
            .error_at(output.line, fmt::format("map: the operation is {}, that of reduce is {}",
                                               word_of(*output.operation), word_of(*job.reduce->operation)))
            .hint("leave out reduce.operation");
    }
    for (const BuiltinOutput& output : map.outputs) check_output(output, map, top);
    if (!map.combines()) return;
    if (job.combine) throw top.error("combine", "a builtin map with operations combines what it finds by itself");
    if (!job.reduce) job.reduce = GroupSpec{.code = std::nullopt, .operation = map.outputs.front().operation};
}

}  // namespace af
