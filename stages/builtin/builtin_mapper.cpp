#include "stages/builtin/builtin_mapper.hpp"

#include "stages/builtin/escape.hpp"
#include "stages/job/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kShownBytes = 80;

bool takes_numbers(BuiltinOperation operation) {
    return operation == BuiltinOperation::sum || operation == BuiltinOperation::mean ||
           operation == BuiltinOperation::min || operation == BuiltinOperation::max;
}

// A string that holds a number counts as one: telemetry has them, such as adapterRAM.
std::optional<Number> number_of(const Value& value) {
    const bool may_be =
        value.kind == Value::Kind::number || value.kind == Value::Kind::string || value.kind == Value::Kind::column;
    return may_be ? read_number(value.text) : std::nullopt;
}

bool any_not_found(const std::vector<Sighting>& sightings) {
    return std::any_of(sightings.begin(), sightings.end(), [](const Sighting& one) { return !one.found; });
}

std::string shown(std::string_view text) {
    return escaped(text.substr(0, kShownBytes)) + (text.size() > kShownBytes ? "..." : "");
}

}  // namespace

BuiltinMapper::BuiltinMapper(const BuiltinMap& map, RecordFormat format, bool combine)
    : separator_(map.separator), combine_(combine && map.combines()), values_(format), where_(conditions(map.where)) {
    for (const BuiltinOutput& spec : map.outputs) {
        Output& output = outputs_.emplace_back();
        output.spec = spec;
        output.where = conditions(spec.where);
        for (const KeyPart& part : spec.key) {
            if (part.path) output.key.push_back(wanted(*part.path));
        }
        if (spec.value) output.value = wanted(*spec.value);
    }
}

std::vector<BuiltinMapper::Condition> BuiltinMapper::conditions(const std::vector<ValueTest>& tests) {
    std::vector<Condition> made;
    for (const ValueTest& test : tests) {
        // What is to be missing may never be there.
        const std::size_t path = test.test == ValueTest::Test::missing ? numbered(test.path) : wanted(test.path);
        made.push_back({Tester(test, path), {.what = condition_text(test)}});
    }
    return made;
}

std::size_t BuiltinMapper::numbered(const ValuePath& path) {
    const std::size_t number = values_.number_of(path);
    if (number == paths_.size()) paths_.emplace_back();
    return number;
}

std::size_t BuiltinMapper::wanted(const ValuePath& path) {
    const std::size_t number = numbered(path);
    paths_[number].what = path_text(path);
    return number;
}

std::vector<Sighting> BuiltinMapper::sightings() const {
    std::vector<Sighting> all;
    const auto add = [&all](const Sighting& one) {
        if (!one.what.empty()) all.push_back(one);
    };
    for (const Condition& condition : where_) add(condition.met);
    for (const Output& output : outputs_)
        for (const Condition& condition : output.where) add(condition.met);
    for (const Sighting& path : paths_) add(path);
    return all;
}

void BuiltinMapper::begin(std::string_view object, BatchAccount& account) {
    values_.begin_object(object);
    account_ = &account;
}

void BuiltinMapper::record(std::string_view line) {
    line.remove_suffix(1);
    ++record_;
    if (const char* kind = values_.begin_record(line)) {
        const bool no_tab = std::string_view(kind) == "format";
        bad(kind, no_tab ? "no TAB between uuid and JSON" : "not valid JSON");
    } else if (meets(where_)) {
        const bool good = std::all_of(outputs_.begin(), outputs_.end(), [&](Output& output) { return make(output); });
        if (!good) bad("mapper", std::move(reason_));
        for (Output& output : outputs_) {
            if (good && output.made.made) count(output);
        }
    }
    ++account_->records;
}

void BuiltinMapper::bad(std::string kind, std::string reason) {
    account_->bad.push_back({account_->records, std::move(kind), std::move(reason)});
}

bool BuiltinMapper::meets(std::vector<Condition>& where) {
    return std::all_of(where.begin(), where.end(), [&](Condition& condition) {
        const bool met = condition.test.passes(look_up(condition.test.number()));
        if (watching_) condition.met.note(met, record_);
        return met;
    });
}

const Value& BuiltinMapper::look_up(std::size_t path) {
    const Value& value = values_.value(path);
    if (watching_) paths_[path].note(value.kind != Value::Kind::missing, record_);
    return value;
}

bool BuiltinMapper::make(Output& output) {
    output.made.made = false;
    if (!meets(output.where)) return true;
    output.made.made = true;
    return make_key(output) && make_value(output);
}

// Whether the record is good all the same.
bool BuiltinMapper::missing(Output& output, std::size_t path) {
    output.made.made = false;
    const std::string& name = values_.path(path).text;
    if (output.spec.skip_missing) {
        ++account_->counters["builtin\tskipped: no " + name];
        return true;
    }
    reason_ = fmt::format("{} is not there", escaped(name));
    return false;
}

bool BuiltinMapper::make_key(Output& output) {
    std::string& key = output.made.key;
    key.clear();
    const bool single = output.spec.key.size() == 1;
    const char also = single ? '\\' : separator_;
    std::size_t next = 0;
    for (std::size_t i = 0; i < output.spec.key.size(); ++i) {
        if (i > 0) key.push_back(separator_);
        const KeyPart& part = output.spec.key[i];
        if (!part.path) {
            append_escaped(key, part.text, also);
            continue;
        }
        const Value& value = look_up(output.key[next]);
        if (value.kind == Value::Kind::missing) return missing(output, output.key[next]);
        append_escaped(key, value.text, also);
        ++next;
    }
    return true;
}

bool BuiltinMapper::make_value(Output& output) {
    if (!output.made.made || !output.value) return true;
    const Value& value = look_up(*output.value);
    if (value.kind == Value::Kind::missing) return missing(output, *output.value);
    output.made.text = value.text;
    if (!output.spec.operation) return true;
    const BuiltinOperation operation = *output.spec.operation;
    if (takes_numbers(operation)) {
        const auto number = number_of(value);
        if (number) {
            output.made.number = *number;
            return true;
        }
        reason_ = fmt::format("{} {}: \"{}\" is not a number", word_of(operation),
                              escaped(values_.path(*output.value).text), shown(value.text));
        return false;
    }
    const bool is_histogram = operation != BuiltinOperation::histogram ||
                              (value.kind == Value::Kind::compound && Histogram::is_one(value.text));
    if (!is_histogram)
        reason_ =
            fmt::format("{} is not a histogram: {}", escaped(values_.path(*output.value).text), shown(value.text));
    return is_histogram;
}

void BuiltinMapper::count(Output& output) {
    if (!combine_) {
        write(output);
        return;
    }
    const std::size_t before = output.table.bytes();
    const BuiltinOperation operation = *output.spec.operation;
    SmallAggregate& aggregate =
        output.table.at(output.made.key, [&] { return SmallAggregate(operation, output.spec.most); });
    const std::size_t owned = aggregate.extra_bytes();
    if (takes_numbers(operation)) {
        aggregate.add(output.made.number);
    } else if (operation == BuiltinOperation::count) {
        aggregate.add_one();
    } else if (operation == BuiltinOperation::histogram) {
        aggregate.add_histogram(output.made.text);
    } else {
        aggregate.add_text(output.made.text);
    }
    owned_bytes_ += aggregate.extra_bytes() - owned + output.table.bytes() - before;
    if (aggregate.extra_bytes() > Aggregate::kMostPartBytes) {
        owned_bytes_ -= aggregate.extra_bytes();
        write_part(output.made.key, aggregate);
        aggregate = SmallAggregate(operation, output.spec.most);
    }
    if (owned_bytes_ > kTableBytes) end();
}

void BuiltinMapper::write(Output& output) {
    lines_ += output.made.key;
    lines_ += '\t';
    if (output.value) {
        append_escaped(lines_, output.made.text);
    } else {
        lines_ += '1';
    }
    lines_ += '\n';
}

void BuiltinMapper::write_part(std::string_view key, const SmallAggregate& aggregate) {
    lines_ += key;
    lines_ += '\t';
    aggregate.append_part(lines_);
    lines_ += '\n';
}

void BuiltinMapper::write_out(Output& output) {
    output.table.for_each([&](std::string_view key, const SmallAggregate& aggregate) { write_part(key, aggregate); });
    output.table.clear();
}

void BuiltinMapper::end() {
    for (Output& output : outputs_) write_out(output);
    owned_bytes_ = 0;
    if (watching_) watching_ = any_not_found(sightings());
}

}  // namespace af
