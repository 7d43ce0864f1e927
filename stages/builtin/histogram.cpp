#include "stages/builtin/histogram.hpp"

#include "engine/error.hpp"
#include "stages/builtin/escape.hpp"
#include "stages/builtin/json_scan.hpp"

#include <fmt/format.h>
#include <charconv>
#include <optional>

namespace af {
namespace {

constexpr std::string_view kAbsent = "-1";
constexpr std::string_view kValues = "values";

bool is_kind(std::string_view key) {
    return key == "\"range\"" || key == "\"bucket_count\"" || key == "\"histogram_type\"";
}

// Of telemetry: no less than zero, but for -1.
std::optional<Number> element(std::string_view json) {
    const auto number = read_number(json);
    if (!number) return std::nullopt;
    const bool negative = number->is_whole ? number->whole < -1 : number->real < 0;
    return negative ? std::nullopt : number;
}

bool is_absent(const Number& number) { return number.is_whole && number.whole == -1; }

std::string compact(std::string_view json) {
    std::string text;
    for (const char c : json) {
        if (c != ' ' && c != '\t' && c != '\r') text.push_back(c);
    }
    return text;
}

// The members of an object that say what kind of histogram it is, and the numbers to add.
struct Members {
    std::map<std::string, std::string> kind;  // by key, so that their order does not matter
    std::vector<std::pair<std::string, Number>> numbers;
};

bool take_numbers(std::string_view object, const std::string& before, Members& members) {
    std::string room;
    for (JsonItems items(object); items.next();) {
        if (before.empty() && is_kind(items.key())) {
            members.kind[std::string(items.key())] = compact(items.value());
            continue;
        }
        const std::string name = before + std::string(json_string(items.key(), room));
        if (before.empty() && name == kValues && items.value().front() == '{') {
            if (!take_numbers(items.value(), name + "/", members)) return false;
            continue;
        }
        const auto number = element(items.value());
        if (!number) return false;
        members.numbers.emplace_back(name, *number);
    }
    return true;
}

std::string json_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
            continue;
        }
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out += '"';
}

// The fields of to_text(), one after the other.
class Fields {
public:
    explicit Fields(std::string_view text) : rest_(text) {}
    bool done() const noexcept { return rest_.empty(); }
    std::string_view next() {
        const std::size_t end = rest_.find('\t');
        if (end == rest_.npos) throw Error(ErrorKind::child_output, "not part of a histogram");
        const std::string_view field = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return field;
    }
    std::size_t number() {
        const std::string_view field = next();
        std::size_t value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc() || end != field.data() + field.size() || value > Histogram::kMostElements) {
            throw Error(ErrorKind::child_output, "not part of a histogram");
        }
        return value;
    }

private:
    std::string_view rest_;
};

}  // namespace

void Histogram::Element::add(const Number& number) {
    if (is_absent(number)) return;
    there = true;
    sum.add(number);
}

void Histogram::count_elements(std::size_t more) {
    elements_ += more;
    if (elements_ <= kMostElements) return;
    throw Error(ErrorKind::child_output,
                fmt::format("the histograms of one key have more than {} elements", kMostElements))
        .hint("is this a path to histograms?");
}

std::vector<Histogram::Element>& Histogram::array(std::size_t size) {
    std::vector<Element>& elements = arrays_[size];
    if (elements.size() == size) return elements;
    count_elements(size);
    elements.resize(size);
    return elements;
}

Histogram::Buckets& Histogram::kind(std::string_view name) {
    const auto found = objects_.find(name);
    return found != objects_.end() ? found->second : objects_[std::string(name)];
}

bool Histogram::is_one(std::string_view json) {
    if (json.starts_with('{')) {
        Members members;
        return take_numbers(json, "", members);
    }
    for (JsonItems items(json); items.next();) {
        if (!element(items.value())) return false;
    }
    return true;
}

bool Histogram::add(std::string_view json) {
    if (json.starts_with('[')) {
        std::vector<Number> numbers;
        for (JsonItems items(json); items.next();) {
            const auto number = element(items.value());
            if (!number) return false;
            numbers.push_back(*number);
        }
        std::vector<Element>& sums = array(numbers.size());
        for (std::size_t i = 0; i < numbers.size(); ++i) sums[i].add(numbers[i]);
        return true;
    }
    Members members;
    if (!json.starts_with('{') || !take_numbers(json, "", members)) return false;
    std::string name;
    for (const auto& [key, value] : members.kind) name += key + ":" + value + ",";
    Buckets& buckets = kind(name);
    for (auto& [label, number] : members.numbers) {
        const auto [at, is_new] = buckets.try_emplace(std::move(label));
        if (is_new) count_elements(1);
        at->second.add(number);
    }
    return true;
}

std::string Histogram::to_text() const {
    std::string text;
    const auto put = [&](std::string_view field) {
        append_escaped(text, field);
        text.push_back('\t');
    };
    const auto put_sum = [&](const Element& of) { put(of.there ? of.sum.to_text() : kAbsent); };
    for (const auto& [size, elements] : arrays_) {
        put(fmt::format("{}", size));
        for (const Element& of : elements) put_sum(of);
    }
    for (const auto& [name, buckets] : objects_) {
        put("object");
        put(name);
        put(fmt::format("{}", buckets.size()));
        for (const auto& [label, of] : buckets) {
            put(label);
            put_sum(of);
        }
    }
    return text;
}

void Histogram::merge(std::string_view text) {
    const auto add_sum = [](Element& to, std::string_view sum) {
        if (sum == kAbsent) return;
        to.there = true;
        to.sum.add(sum);
    };
    for (Fields fields(text); !fields.done();) {
        if (!text.substr(text.size() - 1).starts_with('\t'))
            throw Error(ErrorKind::child_output, "not part of a histogram");
        Fields ahead = fields;
        if (ahead.next() != "object") {
            std::vector<Element>& sums = array(fields.number());
            for (Element& sum : sums) add_sum(sum, fields.next());
            continue;
        }
        fields.next();
        Buckets& buckets = kind(unescaped(fields.next()));
        for (std::size_t left = fields.number(); left > 0; --left) {
            const auto [at, is_new] = buckets.try_emplace(unescaped(fields.next()));
            if (is_new) count_elements(1);
            add_sum(at->second, fields.next());
        }
    }
}

std::string Histogram::result() const {
    std::string text;
    const auto begin = [&](std::string_view open) { text += (text.empty() ? "" : " ") + std::string(open); };
    const auto number = [&](const Element& of) {
        return of.there ? af::to_text(of.sum.result()) : std::string(kAbsent);
    };
    for (const auto& [size, elements] : arrays_) {
        begin("[");
        for (const Element& of : elements) text += number(of) + ",";
        if (text.ends_with(',')) text.pop_back();
        text += "]";
    }
    for (const auto& [name, buckets] : objects_) {
        begin("{" + name);
        std::string values;
        for (const auto& [label, of] : buckets) {
            const bool nested = label.starts_with("values/");
            const std::string member =
                json_quoted(nested ? std::string_view(label).substr(7) : label) + ":" + number(of) + ",";
            (nested ? values : text) += member;
        }
        if (values.ends_with(',')) values.pop_back();
        if (!values.empty()) text += "\"values\":{" + values + "}";
        if (text.ends_with(',')) text.pop_back();
        text += "}";
    }
    return text;
}

std::size_t Histogram::extra_bytes() const noexcept { return elements_ * kElementBytes; }

}  // namespace af
