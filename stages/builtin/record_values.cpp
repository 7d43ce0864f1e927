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

Value text_value(std::optional<std::string_view> text) { return text ? Value{Kind::string, *text} : Value(); }

}  // namespace

std::size_t RecordValues::number_of(const ValuePath& path) {
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.path.text == path.text; });
    if (found != slots_.end()) return static_cast<std::size_t>(found - slots_.begin());
    Slot& slot = slots_.emplace_back();
    slot.path = path;
    if (path.steps.size() == 1 && path.steps.front().is_index && path.steps.front().index >= 0) {
        slot.column = static_cast<std::size_t>(path.steps.front().index);
    }
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
    if (format_ == RecordFormat::tsv) {
        column_ends_.clear();
        return nullptr;
    }
    const std::size_t tab = line.find('\t');
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
        case ValuePath::Root::uuid: return text_value(format_ == RecordFormat::tsv ? nth_column(0) : uuid_);
        case ValuePath::Root::file: return text_value(file_);
        case ValuePath::Root::dimension:
            return dimensions_ ? Value{Kind::string, (*dimensions_)[slot.path.dimension]} : Value();
        case ValuePath::Root::record: break;
    }
    return format_ == RecordFormat::tsv ? column(slot) : json(slot);
}

std::optional<std::string_view> RecordValues::nth_column(std::size_t number) {
    while (column_ends_.size() <= number) {
        const std::size_t begin = column_ends_.empty() ? 0 : column_ends_.back() + 1;
        if (begin > line_.size()) return std::nullopt;
        column_ends_.push_back(std::min(line_.find('\t', begin), line_.size()));
    }
    const std::size_t begin = number == 0 ? 0 : column_ends_[number - 1] + 1;
    return line_.substr(begin, column_ends_[number] - begin);
}

std::optional<std::string_view> RecordValues::column_from_end(std::int64_t number) const {
    std::string_view rest = line_;
    for (; number > 1; --number) {
        const std::size_t tab = rest.rfind('\t');
        if (tab == rest.npos) return std::nullopt;
        rest = rest.substr(0, tab);
    }
    return rest.substr(rest.rfind('\t') + 1);
}

Value RecordValues::column(const Slot& slot) {
    if (slot.path.steps.empty()) return {Kind::string, line_};
    if (slot.path.steps.size() > 1 || !slot.path.steps.front().is_index) return {};
    const auto text = slot.column ? nth_column(*slot.column) : column_from_end(-slot.path.steps.front().index);
    return text ? Value{Kind::column, *text} : Value();
}

Value RecordValues::json(Slot& slot) {
    const auto raw = record_.find(slot.path.steps);
    if (!raw) return {};
    const Kind kind = kind_of(raw->front());
    return {kind, kind == Kind::string ? json_string(*raw, slot.room) : *raw};
}

}  // namespace af
