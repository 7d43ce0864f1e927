// stages/parts/collect_parts - Inflated -> where the parts of other tasks are merged from.
//
// In       parts, their ObjectRef::ordinal being the place of the task in the list of tasks; in any order.
// Errors   a part that could not be read, or is damaged (corrupt), is kept as lost; anything else is fatal.
// Threads  CPU workers, each with one part at a time; a target is asked from any of them.
#pragma once

#include "engine/stage.hpp"
#include "stages/records.hpp"

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace af {

// Takes one part. What was not finished leaves nothing behind.
class PartWriter {
public:
    virtual ~PartWriter() = default;
    virtual void add(std::string_view bytes) = 0;
    // The part was whole.
    virtual void finish() = 0;
};

struct LostPart {
    ObjectPtr part;
    Error why;
};

class PartTarget {
public:
    virtual ~PartTarget() = default;
    virtual std::unique_ptr<PartWriter> open(std::uint32_t place) = 0;

    void lost(ObjectPtr part, Error why);
    std::vector<LostPart> take_lost();

private:
    std::mutex mutex_;
    std::vector<LostPart> lost_;
};

Task<void> collect_parts(Ports<Inflated, void> io, PartTarget& target);

}  // namespace af
