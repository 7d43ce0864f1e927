#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {

JsonFields::JsonFields(const nlohmann::json& object, std::string_view what) : object_(object), what_(what) {
    if (!object.is_object()) throw Error(ErrorKind::corrupt, fmt::format("{} is not a JSON object", what_));
}

Error JsonFields::wrong(const char* name, std::string_view wanted) const {
    return Error(ErrorKind::corrupt, fmt::format("{}: \"{}\" should be {}", what_, name, wanted));
}

const nlohmann::json* JsonFields::find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string JsonFields::text(const char* name) const {
    const auto* value = find(name);
    if (!value || !value->is_string()) throw wrong(name, "text");
    return value->get<std::string>();
}

std::string JsonFields::optional_text(const char* name) const { return find(name) ? text(name) : ""; }

std::uint64_t JsonFields::number(const char* name) const {
    const auto* value = find(name);
    if (!value || !value->is_number_unsigned()) throw wrong(name, "a whole number");
    return value->get<std::uint64_t>();
}

std::uint64_t JsonFields::optional_number(const char* name, std::uint64_t otherwise) const {
    return find(name) ? number(name) : otherwise;
}

bool JsonFields::flag(const char* name) const {
    const auto* value = find(name);
    if (!value || !value->is_boolean()) throw wrong(name, "true or false");
    return value->get<bool>();
}

std::vector<std::string> JsonFields::texts(const char* name) const {
    std::vector<std::string> out;
    if (!find(name)) return out;
    for (const auto& item : list(name)) {
        if (!item.is_string()) throw wrong(name, "a list of texts");
        out.push_back(item.get<std::string>());
    }
    return out;
}

const nlohmann::json& JsonFields::list(const char* name) const {
    const auto* value = find(name);
    if (!value || !value->is_array()) throw wrong(name, "a list");
    return *value;
}

const nlohmann::json& JsonFields::object(const char* name) const {
    const auto* value = find(name);
    if (!value || !value->is_object()) throw wrong(name, "an object");
    return *value;
}

}  // namespace af
