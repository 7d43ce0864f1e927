// Cuts a JSON list of objects that arrives in pieces into its objects, as texts. Holds one object at most.
//
//   JsonRows rows;
//   rows.feed(piece);                              // the piece outlives its rows
//   while (auto row = rows.next()) parse(*row);    // nullopt: feed more
//
// Bounds   8 KiB and 64 levels an object.
// Errors   corrupt: another shape, or above the bounds; names the row. What lies inside an object is for who parses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace af {

class JsonRows {
public:
    static constexpr std::size_t kMostRowBytes = 8 << 10;
    static constexpr unsigned kMostDepth = 64;

    void feed(std::string_view piece) { input_ = piece; }
    // The view is valid until the next call.
    std::optional<std::string_view> next();

    std::uint64_t number() const noexcept { return number_; }  // of the row begun last, from 1
    bool complete() const noexcept { return state_ == State::end; }

private:
    enum class State { start, first, another, row, after, end };

    std::optional<std::string_view> rest_of_row();
    std::optional<std::size_t> end_of_row();
    void between_rows(char c);

    State state_ = State::start;
    std::string_view input_;
    std::string carried_;  // of a row that began in an earlier piece
    std::string whole_;
    std::uint64_t number_ = 0;
    unsigned depth_ = 0;
    bool in_text_ = false;
    bool after_backslash_ = false;
};

}  // namespace af
