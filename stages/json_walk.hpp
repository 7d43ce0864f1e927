// Validates one JSON text over the structural positions that simdjson's stage 1 found, noting where the members of the
// root object, and of large objects in it, lie. Part of stages/record_index.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace af {

// What is valid. All of RFC 8259 is but for lone surrogates, which are no text.
struct JsonBounds {
    int depth = 1000;
    std::uint32_t integer_digits = UINT32_MAX;
    std::uint32_t number_length = UINT32_MAX;
    std::uint32_t exponent_digits = UINT32_MAX;
};
// Such that every JSON parser reads the same values from it.
inline constexpr JsonBounds kPlainJson{.depth = 60, .integer_digits = 18, .number_length = 40, .exponent_digits = 2};

// Whose members are noted: those of the root alone, or those of large objects in it too.
enum class JsonNoted { root, large_objects };

// A member of an object: offsets, those of the key without its quotes. `object` is the word number of its own fields;
// 0: they are not noted.
struct JsonField {
    std::uint32_t key_start, key_end, value_start, value_end, object;
};
// Appends them in the form of record_index.hpp, with `base` added to each offset. Returns their word number.
std::uint32_t append_fields(const std::vector<JsonField>& fields, std::uint32_t base,
                            std::vector<std::uint32_t>& words);

class JsonWalk {
public:
    // `text[0, size)` is the JSON and text[size] is readable and no part of a token. `at` are the positions of stage 1,
    // ended by one that equals `size`. Fields are appended to `words` in the form of record_index.hpp, with `base`
    // added to each offset.
    JsonWalk(const char* text, std::uint32_t size, const std::uint32_t* at, std::uint32_t base,
             std::vector<std::uint32_t>& words, JsonBounds bounds = kPlainJson);

    // The word number of the root object's fields; 0 when the text is not an object that may be indexed. Then `words`
    // may have been appended to, and the caller takes that back.
    std::uint32_t root();
    // Instead: whether the text is one value, of any type. Notes nothing.
    bool is_valid();

private:
    template <bool kNoteFields>
    bool object(int depth, std::vector<JsonField>* fields);
    bool array(int depth);
    bool value(int depth);
    bool member_value(int depth, JsonField& field);
    bool string();
    bool escapes(std::uint32_t from, std::uint32_t to) const;
    bool number();
    bool number_in_bounds(std::string_view token) const;
    bool atom(const char* word, std::uint32_t length);
    std::uint32_t trimmed_end() const;

    const char* text_;
    std::uint32_t size_;
    const std::uint32_t* at_;
    std::uint32_t base_;
    std::vector<std::uint32_t>& words_;
    JsonBounds bounds_;
    bool has_escapes_;
    bool child_has_escaped_key_ = false;  // of the object in the root that is being read
};

}  // namespace af
