#include "stages/manifest_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;

// Follows the nesting: entries are the objects at depth `entry_depth_`, and only what stands directly in them counts.
class EntryReader final : public nlohmann::json_sax<Json> {
public:
    enum class Shape { document, one_entry };
    EntryReader(std::string_view where, Shape shape, std::size_t max_entries)
        : where_(where),
          max_entries_(max_entries),
          entry_depth_(shape == Shape::one_entry ? 1 : 0),
          in_list_(shape == Shape::one_entry) {}

    std::vector<ManifestEntry> take() {
        if (entry_depth_ == 0) throw wrong(R"(must be a list of {"file_name": ..., "size": ...} or {"files": [...]})");
        return std::move(entries_);
    }

    bool null() override { return other("null"); }
    bool boolean(bool) override { return other("true or false"); }
    bool number_integer(number_integer_t value) override {
        return value < 0 ? other("a number below 0") : number(static_cast<std::uint64_t>(value));
    }
    bool number_unsigned(number_unsigned_t value) override { return number(value); }
    bool number_float(number_float_t, const string_t&) override { return other("not a whole number"); }
    bool binary(binary_t&) override { return other("binary"); }
    bool string(string_t& value) override {
        if (!in_entry() || key_ != "file_name") return other("text");
        check_entry_name(value, place());
        entries_.back().name = std::move(value);
        has_name_ = true;
        return true;
    }
    bool start_object(std::size_t) override {
        if (in_entry()) refuse_value("an object");
        enter();
        if (!in_list_ || depth_ != entry_depth_) return true;
        if (entries_.size() == max_entries_) throw too_many_entries(where_, max_entries_);
        entries_.emplace_back();
        has_name_ = has_size_ = false;
        return true;
    }
    bool end_object() override {
        if (in_entry() && !has_name_) throw wrong("file_name is missing");
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override {
        if (in_entry()) refuse_value("a list");
        if (depth_ == entry_depth_ - 1 && in_list_) throw wrong("must be an object");
        enter();
        const bool top = depth_ == 1 && entry_depth_ == 0;
        const bool files = depth_ == 2 && entry_depth_ == 0 && key_ == "files" && !root_is_list_;
        root_is_list_ = root_is_list_ || top;
        if (top || files) {
            entry_depth_ = depth_ + 1;
            in_list_ = true;
        }
        return true;
    }
    bool end_array() override {
        if (in_list_ && depth_ == entry_depth_ - 1) in_list_ = false;
        --depth_;
        return true;
    }
    bool key(string_t& name) override {
        if (in_entry()) {
            if ((name == "file_name" && has_name_) || (name == "size" && has_size_))
                throw wrong(name + " appears twice");
        }
        if (in_entry() || depth_ == 1) key_ = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        std::string_view text = error.what();
        if (const auto end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
        throw Error(ErrorKind::config, fmt::format("{}: not valid JSON: {}", where_, text));
    }

private:
    bool in_entry() const { return in_list_ && depth_ == entry_depth_ && depth_ > 0; }
    std::string place() const {
        return in_list_ && entry_depth_ > 1 ? fmt::format("{}: entry {}", where_, entries_.size())
                                            : std::string(where_);
    }
    Error wrong(std::string_view what) const { return Error(ErrorKind::config, fmt::format("{}: {}", place(), what)); }

    void enter() {
        if (++depth_ > kDeepest) throw wrong(fmt::format("nested deeper than {} levels", kDeepest));
    }
    void refuse_value(std::string_view found) const {
        if (key_ == "file_name") throw wrong(fmt::format("file_name is {}, it must be text", found));
        if (key_ == "size") throw wrong(fmt::format("size is {}, it must be a whole number from 0", found));
    }
    // A value that is neither a name nor a size.
    bool other(std::string_view found) {
        if (in_entry())
            refuse_value(found);
        else if (in_list_ && depth_ == entry_depth_ - 1)
            throw wrong("an entry must be an object");
        return true;
    }
    bool number(std::uint64_t value) {
        if (!in_entry() || key_ != "size") return other("a number");
        if (value > INT64_MAX) return other("a number above 2^63-1");
        entries_.back().size = value;
        has_size_ = true;
        return true;
    }

    std::string_view where_;
    std::size_t max_entries_;
    std::size_t entry_depth_;  // 0: the list has not been met yet
    bool in_list_;
    bool root_is_list_ = false;
    std::size_t depth_ = 0;
    std::string key_;
    bool has_name_ = false, has_size_ = false;
    std::vector<ManifestEntry> entries_;
};

}  // namespace

std::vector<ManifestEntry> parse_manifest_json(std::string_view text, std::string_view file, std::size_t max_entries) {
    EntryReader reader(file, EntryReader::Shape::document, max_entries);
    Json::sax_parse(text, &reader);
    return reader.take();
}

ManifestEntry parse_entry_json(std::string_view text, std::string_view where) {
    EntryReader reader(where, EntryReader::Shape::one_entry, 1);
    Json::sax_parse(text, &reader);
    std::vector<ManifestEntry> entries = reader.take();
    if (entries.empty()) throw Error(ErrorKind::config, fmt::format("{}: must be an object with file_name", where));
    return std::move(entries.front());
}

}  // namespace af
