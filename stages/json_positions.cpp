#include "stages/json_positions.hpp"

#include <simdjson.h>
#include <algorithm>
#include <bit>
#include <new>

namespace af {

struct JsonPositions::Parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
};

JsonPositions::JsonPositions() : parser_(std::make_unique<Parser>()) {}
JsonPositions::~JsonPositions() = default;
JsonPositions::JsonPositions(JsonPositions&&) noexcept = default;
JsonPositions& JsonPositions::operator=(JsonPositions&&) noexcept = default;

std::span<const std::uint32_t> JsonPositions::of(std::string_view json) {
    auto& stage1 = parser_->stage1;
    if (!stage1 || stage1->capacity() < json.size()) {
        const std::size_t capacity = std::max<std::size_t>(std::bit_ceil(json.size()), 256 << 10);
        if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stage1)) {
            throw std::bad_alloc();
        }
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(json.data());
    if (stage1->stage1(bytes, json.size(), simdjson::stage1_mode::regular)) return {};
    return {stage1->structural_indexes.get(), stage1->n_structural_indexes};
}

}  // namespace af
