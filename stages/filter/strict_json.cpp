#include "stages/filter/strict_json.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace af {
namespace {

// Walks the text once before it is built into values; remembers only where it is.
class Inspector : public nlohmann::json_sax<nlohmann::json> {
public:
    Inspector(std::string_view name, std::size_t max_depth) : name_(name), max_depth_(max_depth) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (levels_.back().insert(name).second) return true;
        throw Error(ErrorKind::config,
                    fmt::format("{}: the key \"{}\" appears twice in one object", name_, escaped(name)))
            .hint("keep one of the two");
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
        std::string_view text = error.what();
        if (const auto end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
        throw Error(ErrorKind::config, fmt::format("{}: not valid JSON: {}", name_, text));
    }

private:
    bool value() { return true; }
    bool open() {
        if (levels_.size() == max_depth_) {
            throw Error(ErrorKind::config, fmt::format("{}: nested deeper than {} levels", name_, max_depth_));
        }
        levels_.emplace_back();
        return true;
    }
    bool close() {
        levels_.pop_back();
        return true;
    }

    std::string_view name_;
    std::size_t max_depth_;
    std::vector<std::set<std::string>> levels_;
};

}  // namespace

nlohmann::json parse_strict_json(std::string_view text, std::string_view name, JsonLimits limits) {
    if (text.size() > limits.max_bytes) {
        throw Error(ErrorKind::config,
                    fmt::format("{}: {} bytes, more than the {} allowed", name, text.size(), limits.max_bytes));
    }
    Inspector inspector(name, limits.max_depth);
    nlohmann::json::sax_parse(text, &inspector);
    return nlohmann::json::parse(text);
}

}  // namespace af
