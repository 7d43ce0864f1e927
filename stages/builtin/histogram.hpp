// Histograms of telemetry, added up element by element.
//
// Arrays   bucket counts, then sum, log_sum, log_sum_squares, sum_squares_lo, sum_squares_hi, as Firefox sent them
//          until 2015. -1 stands for an element that is not there: -1 and 5 make 5, -1 and -1 stay -1. Other negative
//          numbers are refused.
// Objects  {"range": [1, 10], "bucket_count": 5, "histogram_type": 0, "values": {"0": 3, "1": 2}, "sum": 2}, as it sent
//          them later: numbers of the same name add up, also in `values`. range, bucket_count and histogram_type tell
//          what kind of histogram it is.
// Kinds    only histograms of one kind (arrays: of one length) can be added. A key with several kinds has a sum of
//          each, in the result one after the other, separated by a space.
// Errors   merge() of what to_text() did not write, and more than kMostElements: Error(child_output).
#pragma once

#include "stages/builtin/exact_sum.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace af {

class Histogram {
public:
    static constexpr std::size_t kMostElements = 1 << 20;  // of one key
    static constexpr std::size_t kElementBytes = 160;      // a node of a map with its name, about

    // Valid JSON of an array or an object.
    static bool is_one(std::string_view json);
    // False, and nothing is added: it is none.
    bool add(std::string_view json);
    void merge(std::string_view text);

    std::string to_text() const;  // one line, with TABs
    std::string result() const;   // JSON
    std::size_t extra_bytes() const noexcept;

private:
    struct Element {
        bool there = false;
        ExactSum sum;
        void add(const Number& number);
    };
    using Buckets = std::map<std::string, Element, std::less<>>;  // "sum", or "values" and a name behind it

    Buckets& kind(std::string_view name);
    std::vector<Element>& array(std::size_t size);
    void count_elements(std::size_t more);

    std::map<std::size_t, std::vector<Element>> arrays_;  // by length
    std::map<std::string, Buckets, std::less<>> objects_;  // by kind, as JSON members
    std::size_t elements_ = 0;
};

}  // namespace af
