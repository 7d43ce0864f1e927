#include "stages/builtin/record_values.hpp"

#include "stages/builtin/json_scan.hpp"
#include "stages/filter/layout.hpp"

#include <algorithm>

namespace af {
namespace {

using Kind = Value::Kind;

Kind kind_of(char first) {
    switch (first) {
        case '"': return Kind::string;
        case '{':
        case '[': return Kind::compound;
        case 't':
        case 'f': return Kind::boolean;
        case 'n': return Kind::null;
        default: return Kind::number;
    }
}

Value text_value(std::optional<std::string_view> text) {
    return text ? Value{Kind::string, *text} : Value();
}

}  // namespace

std::size_t RecordValues::number_of(const ValuePath& path) {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.path.text == path.text; });
    if (found != slots_.end()) return static_cast<std::size_t>(found - slots_.begin());
    slots_.push_back(Slot{.path = path, .known = false, .value = {}, .room = {}});
    return slots_.size() - 1;
}

void RecordValues::begin_object(std::string_view name) {
    if (name == file_) return;
    file_ = name;
    dimensions_ = dimensions_of(layout_tail(file_));
}

const char* RecordValues::begin_record(std::string_view line) {
    for (Slot& slot : slots_) slot.known = false;
    line_ = line;
    uuid_.reset();
    if (format_ == RecordFormat::json_lines) return record_.parse(line) ? nullptr : "json";
    const std::size_t tab = line.find('\t');
    if (format_ == RecordFormat::tsv) {
        uuid_ = line.substr(0, tab);
        return nullptr;
    }
    if (tab == line.npos) return "format";
    uuid_ = line.substr(0, tab);
    return record_.parse(line.substr(tab + 1)) ? nullptr : "json";
}

const Value& RecordValues::value(std::size_t number) {
    Slot& slot = slots_[number];
    if (!slot.known) {
        slot.value = find(slot);
        slot.known = true;
    }
    return slot.value;
}

Value RecordValues::find(Slot& slot) {
    switch (slot.path.root) {
        case ValuePath::Root::uuid: return text_value(uuid_);
        case ValuePath::Root::file: return text_value(file_);
        case ValuePath::Root::dimension:
            return dimensions_ ? Value{Kind::string, (*dimensions_)[slot.path.dimension]} : Value();
        case ValuePath::Root::record: break;
    }
    return format_ == RecordFormat::tsv ? column(slot) : json(slot);
}

Value RecordValues::column(const Slot& slot) const {
    if (slot.path.steps.empty()) return {Kind::string, line_};
    if (slot.path.steps.size() > 1 || !slot.path.steps.front().is_index) return {};
    std::int64_t index = slot.path.steps.front().index;
    if (index < 0) index += std::count(line_.begin(), line_.end(), '\t') + 1;
    if (index < 0) return {};
    std::string_view rest = line_;
    for (; index > 0; --index) {
        const std::size_t tab = rest.find('\t');
        if (tab == rest.npos) return {};
        rest.remove_prefix(tab + 1);
    }
    return {Kind::column, rest.substr(0, rest.find('\t'))};
}

Value RecordValues::json(Slot& slot) {
    const auto raw = record_.find(slot.path.steps);
    if (!raw) return {};
    const Kind kind = kind_of(raw->front());
    return {kind, kind == Kind::string ? json_string(*raw, slot.room) : *raw};
}

}  // namespace af
