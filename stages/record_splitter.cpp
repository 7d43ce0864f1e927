#include "stages/record_splitter.hpp"

#include "stages/line_ends.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>

namespace af {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t find_newline(std::string_view bytes, std::size_t from) {
    if (from >= bytes.size()) return kNone;
    const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) : kNone;
}

// How many bytes are whole lines.
std::size_t whole_lines(std::string_view bytes) {
    const void* found = ::memrchr(bytes.data(), '\n', bytes.size());
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1 : 0;
}

// Where the first line of more than `most` bytes starts; kNone when there is none. `lines` ends with '\n'.
std::size_t find_long_line(std::string_view lines, std::size_t most) {
    for (std::size_t start = 0; start < lines.size();) {
        const std::size_t newline = find_newline(lines, start);
        if (newline - start > most) return start;
        start = newline + 1;
    }
    return kNone;
}

}  // namespace

void RecordSplitter::begin(ObjectPtr object) {
    object_ = std::move(object);
    block_ = Block();
    carried_.clear();
    skipping_ = finished_ = false;
    skipped_head_.clear();
    bad_.clear();
    skipped_ = offset_ = split_ = inflated_ = lines_ = long_lines_ = 0;
    batches_ = 0;
}

void RecordSplitter::push(Block bytes) {
    inflated_ += bytes.size();
    block_ = std::move(bytes);
}

void RecordSplitter::finish() { finished_ = true; }

std::optional<Batch> RecordSplitter::next() {
    while (block_.size() > 0) {
        std::optional<Batch> batch;
        if (skipping_)
            skip_to_newline();
        else if (!carried_.empty())
            batch = complete_carried();
        else
            batch = cut();
        if (batch) return batch;
    }
    block_ = Block();
    if (!finished_) return std::nullopt;
    return last_line();
}

// The rest of a long line.
void RecordSplitter::skip_to_newline() {
    const std::size_t newline = find_newline(block_.view(), 0);
    skipped_head_.append(block_.view().substr(0, std::min(newline, limits_.bad_record_bytes - skipped_head_.size())));
    if (newline == kNone) {
        skipped_ += block_.size();
        block_.drop_front(block_.size());
        return;
    }
    report_long_line(skipped_head_, skipped_ + newline);
    offset_ += skipped_ + newline + 1;
    block_.drop_front(newline + 1);
    skipping_ = false;
}

// block_ goes on with the carried line: that line ends here, or grows.
std::optional<Batch> RecordSplitter::complete_carried() {
    const std::size_t newline = find_newline(block_.view(), 0);
    if (newline == kNone) {
        carry(block_.view());
        block_.drop_front(block_.size());
        return std::nullopt;
    }
    const std::size_t bytes = carried_.size() + newline + 1;
    if (bytes - 1 > limits_.max_record_bytes) {
        carry(block_.view().substr(0, newline));  // begins to skip
        block_.drop_front(newline);
        return std::nullopt;
    }
    if (carried_.size() <= block_.headroom()) {
        block_.prepend(carried_.view());
        carried_.clear();
        return cut();
    }
    Block line = block_for(bytes);
    line.append(carried_.view());
    line.append(block_.view().substr(0, newline + 1));
    carried_.clear();
    block_.drop_front(newline + 1);
    return batch_of(std::move(line), bytes);
}

// block_ begins with the start of a line: all its whole lines, or as many as may be in one batch.
std::optional<Batch> RecordSplitter::cut() {
    const std::string_view bytes = block_.view();
    const std::size_t whole = whole_lines(bytes);
    if (whole == 0) {
        carry(bytes);
        block_.drop_front(block_.size());
        return std::nullopt;
    }
    std::size_t end = end_of_split(bytes, whole);
    if (bytes.size() > limits_.max_record_bytes) {
        const std::size_t long_line = find_long_line(bytes.substr(0, end), limits_.max_record_bytes);
        if (long_line == 0) {
            skipping_ = true;
            skipped_head_.clear();
            skipped_ = 0;
            return std::nullopt;
        }
        end = std::min(end, long_line);
    }
    if (end < whole) {
        Block run = block_for(end);
        run.append(bytes.substr(0, end));
        block_.drop_front(end);
        return batch_of(std::move(run), end);
    }
    carry(bytes.substr(end));
    block_.shrink_to(end);
    return batch_of(std::move(block_), end);
}

std::optional<Batch> RecordSplitter::last_line() {
    if (skipping_) report_long_line(skipped_head_, skipped_);
    skipping_ = false;
    if (carried_.empty()) return std::nullopt;
    const std::size_t bytes = carried_.size();
    Block line = block_for(bytes + 1);
    line.append(carried_.view());
    line.append("\n");
    carried_.clear();
    return batch_of(std::move(line), bytes);
}

// Keeps the start of a line, or begins to skip it when it is too long.
void RecordSplitter::carry(std::string_view bytes) {
    const std::size_t total = carried_.size() + bytes.size();
    if (total <= limits_.max_record_bytes) {
        carried_.append(bytes);
        return;
    }
    skipped_head_.assign(carried_.view().substr(0, limits_.bad_record_bytes));
    skipped_head_.append(bytes.substr(0, limits_.bad_record_bytes - skipped_head_.size()));
    skipped_ = total;
    skipping_ = true;
    carried_.clear();
}

// `end`, or less when a split begins before it: at the first line that starts on its boundary or behind.
std::size_t RecordSplitter::end_of_split(std::string_view bytes, std::size_t end) const {
    if (limits_.split_bytes == 0) return end;
    const std::uint64_t boundary = (offset_ / limits_.split_bytes + 1) * limits_.split_bytes - offset_;
    if (boundary >= end) return end;
    return find_newline(bytes, boundary - 1) + 1;
}

void RecordSplitter::report_long_line(std::string_view head, std::uint64_t bytes) {
    ++lines_;
    ++long_lines_;
    if (bad_.size() >= limits_.max_bad_kept) return;
    BadRecord bad{.line = lines_, .kind = "long_line", .reason = {}, .record = std::string(head)};
    bad.reason = fmt::format("a line of {} bytes; at most {} are allowed", bytes, limits_.max_record_bytes);
    bad_.push_back(std::move(bad));
}

Batch RecordSplitter::batch_of(Block lines, std::uint64_t bytes) {
    LineEnds found = find_line_ends(lines.view());
    const std::size_t records = found.lines;
    Batch batch{.object = object_,
                .sequence = batches_++,
                .first_line = lines_ + 1,
                .records = static_cast<std::uint32_t>(records),
                .lines = std::move(lines),
                .line_ends = std::move(found.ends)};
    split_ = limits_.split_bytes == 0 ? 0 : offset_ / limits_.split_bytes;
    lines_ += records;
    offset_ += bytes;
    return batch;
}

Block RecordSplitter::block_for(std::size_t bytes) {
    if (bytes <= blocks_.block_bytes()) return blocks_.take();
    BlockPool one_off(bytes);  // the block keeps its memory alive, and no longer
    return one_off.take();
}

ObjectEnd RecordSplitter::end() {
    ObjectEnd end;
    end.object = std::move(object_);
    end.units = batches_;
    end.bytes_inflated = inflated_;
    end.lines = lines_;
    end.bad = std::move(bad_);
    end.long_lines = long_lines_;
    return end;
}

}  // namespace af
