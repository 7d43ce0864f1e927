// Reads the fields of a JSON object that a service sent; what is missing or of another type is Error(corrupt).
#pragma once

#include "engine/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// `object` outlives it. `what` begins the messages.
class JsonFields {
public:
    JsonFields(const nlohmann::json& object, std::string_view what);  // throws when it is no object

    std::string text(const char* name) const;
    std::string optional_text(const char* name) const;  // empty when it is not there or null
    std::uint64_t number(const char* name) const;
    std::uint64_t optional_number(const char* name, std::uint64_t otherwise) const;
    bool flag(const char* name) const;
    std::vector<std::string> texts(const char* name) const;  // empty when it is not there
    const nlohmann::json& list(const char* name) const;
    const nlohmann::json& object(const char* name) const;

private:
    Error wrong(const char* name, std::string_view wanted) const;
    const nlohmann::json* find(const char* name) const;

    const nlohmann::json& object_;
    std::string what_;
};

}  // namespace af
