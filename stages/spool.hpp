// What the map function made of one object, kept until the object is known to be whole.
//
// Parts arrive in any order and come back in the order of (unit, part). They stay in memory while the budget that all
// spools share allows it; spill() moves a spool's parts to an anonymous file below `scratch`.
// Errors   no_space, io from add(), spill() and for_each().
// Threads  one at a time per spool; a budget is shared by all threads.
#pragma once

#include "engine/file.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct SpoolBudget {
    std::size_t limit_bytes = 64 << 20;
    std::filesystem::path scratch;
    std::atomic<std::size_t> used_bytes{0};
};

class Spool {
public:
    explicit Spool(SpoolBudget& budget) : budget_(&budget) {}
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    void add(std::uint32_t unit, std::uint32_t part, std::string lines);
    std::size_t bytes_in_memory() const noexcept { return in_memory_; }
    std::uint64_t bytes() const noexcept { return bytes_; }
    void spill();

    // Every part in order. The view holds until the call returns.
    void for_each(const std::function<void(std::string_view)>& each);

private:
    struct Part {
        std::uint32_t unit;
        std::uint32_t part;
        std::string lines;  // empty once on disk
        std::uint64_t offset = 0;
        std::size_t bytes = 0;
    };

    SpoolBudget* budget_;
    std::vector<Part> parts_;
    std::size_t in_memory_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t on_disk_ = 0;
    File file_;
};

}  // namespace af
