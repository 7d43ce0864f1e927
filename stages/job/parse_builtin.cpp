#include "stages/job/parse_builtin.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMostParts = 64;
constexpr std::uint64_t kMostTop = 1'000'000;

using Test = ValueTest::Test;
constexpr std::array<std::pair<std::string_view, Test>, 10> kTests{{{"==", Test::equal},
                                                                    {"!=", Test::unequal},
                                                                    {"<", Test::less},
                                                                    {"<=", Test::less_equal},
                                                                    {">", Test::greater},
                                                                    {">=", Test::greater_equal},
                                                                    {"exists", Test::exists},
                                                                    {"in", Test::in},
                                                                    {"prefix", Test::prefix},
                                                                    {"regex", Test::regex}}};

ValuePath path_of(const YamlNode& node, const YamlReader& reader, std::string_view what) {
    if (!node.is_scalar())
        throw reader.error_at(node.line, fmt::format("{} must be a path, it is {}", what, node.kind_name()));
    try {
        return parse_path(node.text);
    } catch (const BadPath& bad) {
        throw reader.error_at(node.line, fmt::format("{}: \"{}\" is no path: {}", what, escaped(node.text), bad.why))
            .hint("a path is such as info.OS, histograms.GC_MS[0], a[\"b.c\"], uuid or file.appName");
    }
}

Literal literal_of(const YamlNode& node, const YamlReader& reader) {
    if (node.kind == YamlNode::Kind::null) return {Literal::Kind::null, "null"};
    if (!node.is_scalar()) {
        throw reader.error_at(node.line,
                              fmt::format("a value to compare with is text, a number, true, false or null, this is {}",
                                          node.kind_name()));
    }
    if (node.kind == YamlNode::Kind::quoted) return {Literal::Kind::string, node.text};
    if (node.text == "true" || node.text == "false") return {Literal::Kind::boolean, node.text};
    double number = 0;
    const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
    const bool is_number = error == std::errc() && end == node.text.data() + node.text.size();
    return {is_number ? Literal::Kind::number : Literal::Kind::string, node.text};
}

ValueTest condition_of(const ValuePath& path, Test test, const YamlNode& value, const YamlReader& reader) {
    ValueTest condition{.path = path, .test = test, .values = {}, .pattern = std::nullopt};
    const auto refuse = [&](std::string_view what) { return reader.error_at(value.line, what); };
    switch (test) {
        case Test::exists:
            if (value.text != "true" && value.text != "false") throw refuse("exists must be true or false");
            if (value.text == "false") condition.test = Test::missing;
            return condition;
        case Test::in:
            if (value.kind != YamlNode::Kind::list)
                throw refuse(fmt::format("in must be a list, it is {}", value.kind_name()));
            for (const YamlNode& item : value.items) condition.values.push_back(literal_of(item, reader));
            return condition;
        case Test::regex: {
            if (!value.is_scalar()) throw refuse("regex must be text");
            auto pattern = Pattern::regex(value.text);
            if (!pattern) throw refuse(fmt::format("regex: \"{}\": {}", escaped(value.text), pattern.error().what()));
            condition.pattern = std::move(*pattern);
            return condition;
        }
        case Test::prefix:
            if (!value.is_scalar()) throw refuse("prefix must be text");
            condition.values.push_back({Literal::Kind::string, value.text});
            return condition;
        default: break;
    }
    condition.values.push_back(literal_of(value, reader));
    const Literal::Kind kind = condition.values.front().kind;
    const bool orders = test != Test::equal && test != Test::unequal;
    if (orders && kind != Literal::Kind::number && kind != Literal::Kind::string) {
        throw refuse("numbers and text have an order, true, false and null have none");
    }
    return condition;
}

std::vector<ValueTest> parse_where(YamlReader& reader, std::string_view file, const std::string& name) {
    std::vector<ValueTest> conditions;
    const YamlNode* list = reader.node("where");
    if (!list) return conditions;
    if (list->kind != YamlNode::Kind::list)
        throw reader.error("where", fmt::format("must be a list, it is {}", list->kind_name()));
    for (const YamlNode& item : list->items) {
        YamlReader test(item, file, name);
        const YamlNode* at = test.node("path");
        if (!at) throw test.error_at(item.line, fmt::format("{}: path is missing", name));
        const ValuePath path = path_of(*at, test, name + ".path");
        const std::size_t before = conditions.size();
        for (const auto& [word, kind] : kTests) {
            if (const YamlNode* value = test.node(word)) conditions.push_back(condition_of(path, kind, *value, test));
        }
        test.refuse_other_keys();
        if (conditions.size() > before) continue;
        throw test.error_at(item.line, fmt::format("{}: nothing is said of {}", name, escaped(path.text)))
            .hint("one of ==, !=, <, <=, >, >=, exists, in, prefix, regex; those with signs in quotes");
    }
    return conditions;
}

KeyPart key_part(const YamlNode& node, const YamlReader& reader, std::string_view file) {
    KeyPart part;
    if (node.kind != YamlNode::Kind::map) {
        part.path = path_of(node, reader, "key");
        return part;
    }
    YamlReader constant(node, file, "key");
    const auto text = constant.written("text", "text");
    if (!text) throw constant.error_at(node.line, "key: a part is a path, or text such as {text: uptime}");
    part.text = *text;
    constant.refuse_other_keys();
    return part;
}

std::vector<KeyPart> parse_key(YamlReader& reader, std::string_view file, std::size_t line) {
    const YamlNode* key = reader.node("key");
    if (!key) throw reader.error_at(line, "map: key is missing").hint("a path such as info.OS, or a list of them");
    std::vector<KeyPart> parts;
    if (key->kind != YamlNode::Kind::list) {
        parts.push_back(key_part(*key, reader, file));
        return parts;
    }
    for (const YamlNode& item : key->items) parts.push_back(key_part(item, reader, file));
    if (parts.empty() || parts.size() > kMostParts)
        throw reader.error("key", fmt::format("must have 1 to {} parts", kMostParts));
    return parts;
}

BuiltinOutput parse_output(YamlReader& reader, std::string_view file, std::size_t line, const std::string& name) {
    BuiltinOutput output;
    output.line = line;
    output.key = parse_key(reader, file, line);
    if (const YamlNode* value = reader.node("value")) output.value = path_of(*value, reader, "value");
    output.operation = reader.word("operation", kOperationWords);
    if (const auto most = reader.number("k", 1, kMostTop)) {
        if (output.operation != BuiltinOperation::top_k) throw reader.error("k", "is for operation: top-k");
        output.most = static_cast<std::uint32_t>(*most);
    }
    constexpr WordTable<bool, 2> kMissing{{{"bad", false}, {"skip", true}}};
    output.skip_missing = reader.word("missing", kMissing).value_or(false);
    output.where = parse_where(reader, file, name + "where");
    return output;
}

char parse_separator(YamlReader& map) {
    const auto text = map.written("separator", "one character");
    if (!text) return BuiltinMap().separator;
    if (text->size() == 1 && (*text)[0] > ' ' && (*text)[0] <= '~' && (*text)[0] != '\\') return (*text)[0];
    throw map.error("separator", "must be one printable ASCII character and no backslash");
}

}  // namespace

BuiltinMap parse_builtin(YamlReader& map, std::string_view file) {
    BuiltinMap builtin;
    builtin.separator = parse_separator(map);
    const YamlNode* outputs = map.node("outputs");
    if (!outputs) {
        const YamlNode* key = map.node("key");
        const std::size_t line = key ? key->line : map.node("language")->line;
        builtin.outputs.push_back(parse_output(map, file, line, "map."));
        builtin.where = std::move(builtin.outputs.front().where);
        builtin.outputs.front().where.clear();
        return builtin;
    }
    if (map.has("key")) throw map.error("key", "stands in each of the outputs, or alone without outputs");
    if (outputs->kind != YamlNode::Kind::list || outputs->items.empty() || outputs->items.size() > kMostParts) {
        throw map.error("outputs", fmt::format("must be a list of 1 to {} outputs", kMostParts));
    }
    for (const YamlNode& item : outputs->items) {
        YamlReader output(item, file, "map.outputs");
        builtin.outputs.push_back(parse_output(output, file, item.line, "map.outputs."));
        output.refuse_other_keys();
    }
    builtin.where = parse_where(map, file, "map.where");
    return builtin;
}

}  // namespace af
