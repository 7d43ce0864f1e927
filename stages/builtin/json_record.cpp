#include "stages/builtin/json_record.hpp"

#include "stages/builtin/json_scan.hpp"
#include "stages/json_space.hpp"
#include "stages/json_walk.hpp"
#include "stages/record_index.hpp"

namespace af {
namespace {

// Shorter texts are walked through sooner than swept over (measured: a step of the sweep takes as long whatever is in
// it).
constexpr std::size_t kMinSweptBytes = 256;

constexpr std::size_t kFieldWords = 5;  // key start, key end, value start, value end, object

}  // namespace

bool JsonRecord::parse(std::string_view json) {
    json_ = json;
    text_ = {};
    notes_.assign(1, 0);  // so that no object is noted at word 0
    const JsonNoted noted = wants_nested_ ? JsonNoted::large_objects : JsonNoted::root;
    root_fields_ = json.size() < kMinSweptBytes ? 0 : sweep_.root(json, 0, notes_, noted);
    if (root_fields_ != 0) return true;
    if (!look_at(json)) return false;
    const auto size = static_cast<std::uint32_t>(json.size());
    JsonWalk plain(json.data(), size, positions_.data(), 0, notes_);
    root_fields_ = plain.root();
    if (root_fields_ != 0) return true;
    JsonWalk full(json.data(), size, positions_.data(), 0, notes_, JsonBounds());
    return full.is_valid();
}

std::optional<std::string_view> JsonRecord::find(std::span<const PathStep> steps) {
    std::string_view value = json_;
    for (std::uint32_t fields = root_fields_; fields != 0 && !steps.empty(); steps = steps.subspan(1)) {
        const std::uint32_t* field = steps.front().is_index ? nullptr : noted_member(fields, steps.front().member);
        if (!field) return std::nullopt;
        value = json_.substr(field[2], field[3] - field[2]);
        fields = field[4];
        wants_nested_ = wants_nested_ || (steps.size() > 1 && value.size() >= RecordIndexer::kMinNestedBytes);
    }
    if (root_fields_ != 0 && steps.empty() && value.data() != json_.data()) return value;
    if (value.data() != text_.data() || value.size() != text_.size()) look_at(value);
    std::uint32_t at = 0;
    for (const PathStep& next : steps) {
        const auto found = step(at, next);
        if (!found) return std::nullopt;
        at = *found;
    }
    return token(at);
}

// Positions are those of `text` from now on.
bool JsonRecord::look_at(std::string_view text) {
    text_ = text;
    positions_ = stage1_.of(text);
    return !positions_.empty();
}

// The row of the field, which holds until the next parse().
const std::uint32_t* JsonRecord::noted_member(std::uint32_t fields, std::string_view name) const {
    const std::uint32_t* rows = notes_.data() + fields + 1;
    for (std::uint32_t row = notes_[fields]; row-- > 0;) {  // of equal names the last counts
        const std::uint32_t* field = rows + row * kFieldWords;
        if (json_.substr(field[0], field[1] - field[0]) == name) return field;
    }
    return nullptr;
}

std::optional<std::uint32_t> JsonRecord::step(std::uint32_t at, const PathStep& next) {
    const char open = byte(at);
    if (next.is_index) return open == '[' ? element(at, next.index) : std::nullopt;
    return open == '{' ? member(at, next.member) : std::nullopt;
}

std::optional<std::uint32_t> JsonRecord::member(std::uint32_t at, std::string_view name) {
    std::optional<std::uint32_t> found;
    for (++at; byte(at) != '}';) {
        if (byte(at) == ',') ++at;
        const std::string_view key = token(at);
        if (json_string(key, room_) == name) found = at + 2;
        at = behind(at + 2);
    }
    return found;
}

std::optional<std::uint32_t> JsonRecord::element(std::uint32_t at, std::int64_t index) const {
    if (index < 0) {
        std::int64_t size = byte(at + 1) == ']' ? 0 : 1;
        for (std::uint32_t i = at + 1; byte(i) != ']'; i = behind(i)) size += byte(i) == ',';
        index += size;
        if (index < 0) return std::nullopt;
    }
    for (++at; byte(at) != ']'; at = behind(at)) {
        if (byte(at) == ',') {
            --index;
        } else if (index == 0) {
            return at;
        }
    }
    return std::nullopt;
}

// The position behind a value, or behind a comma.
std::uint32_t JsonRecord::behind(std::uint32_t at) const {
    std::uint32_t depth = 0;
    for (;; ++at) {
        const char c = byte(at);
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
        if (depth == 0) return at + 1;
    }
}

std::string_view JsonRecord::token(std::uint32_t at) const {
    const char c = byte(at);
    const bool container = c == '{' || c == '[';
    const std::uint32_t next = container ? behind(at) : at + 1;
    std::size_t end = container ? positions_[next - 1] + 1 : next < positions_.size() ? positions_[next] : text_.size();
    while (is_json_space(text_[end - 1])) --end;
    return text_.substr(positions_[at], end - positions_[at]);
}

}  // namespace af
