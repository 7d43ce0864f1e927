#include "stages/job/yaml_tree.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace af {
namespace {

Error yaml_error(std::string_view file, std::size_t line, std::string_view what) {
    return Error(ErrorKind::config, fmt::format("{}:{}: {}", file, line, what)).about(file);
}

std::size_t line_of(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.line < 0 ? 0 : mark.line) + 1; }

// Builds the tree from the events of the parser.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(std::string_view file, YamlLimits limits) : file_(file), limits_(limits) {}

    YamlNode take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(started(mark, "", anchor, YamlNode::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw yaml_error(file_, line_of(mark), "aliases (*name) are not allowed");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        const bool is_null = tag == "?" && (value.empty() || value == "~" || value == "null");
        YamlNode node = started(mark, tag, anchor,
                                is_null      ? YamlNode::Kind::null
                                : tag == "!" ? YamlNode::Kind::quoted
                                             : YamlNode::Kind::plain);
        node.text = value;
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        YamlNode node;
        std::optional<YamlNode> key;  // of a map: its value is still to come
    };

    YamlNode started(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        if (anchor != 0) throw yaml_error(file_, line_of(mark), "anchors (&name) are not allowed");
        if (!tag.empty() && tag != "?" && tag != "!")
            throw yaml_error(file_, line_of(mark), "tags (!name) are not allowed");
        if (++nodes_ > limits_.max_nodes)
            throw yaml_error(file_, line_of(mark), fmt::format("more than {} values", limits_.max_nodes));
        YamlNode node;
        node.kind = kind;
        node.line = line_of(mark);
        return node;
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        if (open_.size() == limits_.max_depth)
            throw yaml_error(file_, line_of(mark), fmt::format("nested deeper than {} levels", limits_.max_depth));
        if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key) {
            throw yaml_error(file_, line_of(mark), "a key must be text");
        }
        open_.push_back({started(mark, tag, anchor, kind), std::nullopt});
    }
    void close() {
        YamlNode node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }
    void add(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == YamlNode::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (parent.key) {
            parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
            parent.key.reset();
        } else {
            check_key(parent.node, node);
            parent.key = std::move(node);
        }
    }
    void check_key(const YamlNode& map, const YamlNode& key) const {
        if (!key.is_scalar()) throw yaml_error(file_, key.line, "a key must be text");
        if (map.find(key.text))
            throw yaml_error(file_, key.line, fmt::format("the key \"{}\" appears twice", escaped(key.text)));
    }

    std::string_view file_;
    YamlLimits limits_;
    std::size_t nodes_ = 0;
    std::vector<Open> open_;  // lists and maps that are not closed yet, the innermost last
    YamlNode root_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const auto& [name, value] : entries) {
        if (name.text == key) return &value;
    }
    return nullptr;
}

std::string_view YamlNode::kind_name() const {
    switch (kind) {
        case Kind::null: return "nothing";
        case Kind::list: return "a list";
        case Kind::map: return "a map";
        case Kind::plain:
        case Kind::quoted: break;
    }
    return "text";
}

YamlNode parse_yaml(std::string_view text, std::string_view file, YamlLimits limits) {
    const auto refuse = [&](std::string_view what) {
        return Error(ErrorKind::config, fmt::format("{}: {}", file, what)).about(file);
    };
    if (text.size() > limits.max_bytes) throw refuse(fmt::format("larger than the {} bytes allowed", limits.max_bytes));
    if (text.find('\0') != text.npos) throw refuse("holds a NUL byte");
    std::istringstream stream{std::string(text)};
    TreeBuilder builder(file, limits);
    TreeBuilder second(file, limits);
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        if (parser.HandleNextDocument(second)) throw refuse("holds more than one document");
    } catch (const YAML::Exception& error) {
        throw yaml_error(file, line_of(error.mark), error.msg);
    }
    return builder.take();
}

}  // namespace af
