#include "stages/parts/part_lines.hpp"

#include <fmt/format.h>
#include <charconv>

namespace af {
namespace {

// A line that fills a block alone goes on in the next one.
Task<void> append(Out<Block>& out, Block& block, std::string_view text, BlockPool& pool) {
    while (text.size() > block.room().size()) {
        const std::size_t part = block.room().size();
        block.append(text.substr(0, part));
        text.remove_prefix(part);
        Block full = std::move(block);
        co_await out.put(std::move(full));
        block = pool.take();
    }
    block.append(text);
}

}  // namespace

Task<void> part_lines(Ports<void, Block> io, PairStream& stream, std::uint64_t& pairs, BlockPool& pool) {
    Block block = pool.take();
    fmt::memory_buffer line;
    while (stream.next()) {
        const SortedPair& pair = stream.pair();
        ++pairs;
        line.clear();
        fmt::format_to(std::back_inserter(line), "{}\t{}\t{}\n", pair.key, pair.ordinal, pair.value);
        const std::string_view text(line.data(), line.size());
        if (text.size() <= block.room().size()) {  // nearly always: no coroutine for each line
            block.append(text);
        } else {
            co_await append(io.out, block, text, pool);
        }
    }
    if (block.size() > 0) co_await io.out.put(std::move(block));
}

void PartParser::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            rest_ += bytes;
            return;
        }
        if (rest_.empty()) {
            take(bytes.substr(0, end));
        } else {
            rest_ += bytes.substr(0, end);
            take(rest_);
            rest_.clear();
        }
        bytes.remove_prefix(end + 1);
    }
}

void PartParser::finish() {
    if (!rest_.empty()) throw Error(ErrorKind::corrupt, fmt::format("line {} of the part has no end", pairs_ + 1));
}

void PartParser::take(std::string_view line) {
    const auto wrong = [this](std::string_view what) {
        return Error(ErrorKind::corrupt, fmt::format("line {} of the part {}", pairs_ + 1, what));
    };
    const std::size_t first = line.find('\t');
    const std::size_t second = first == line.npos ? line.npos : line.find('\t', first + 1);
    if (second == line.npos) throw wrong("is not of three fields");
    SortedPair pair;
    pair.key = line.substr(0, first);
    pair.value = line.substr(second + 1);
    const char* begin = line.data() + first + 1;
    const char* end = line.data() + second;
    const auto parsed = std::from_chars(begin, end, pair.ordinal);
    if (parsed.ec != std::errc() || parsed.ptr != end || pair.ordinal >= objects_) throw wrong("names no object");
    const int order = pairs_ == 0 ? 1 : pair.key.compare(last_key_);
    if (order < 0 || (order == 0 && pair.ordinal < last_ordinal_)) throw wrong("is not in order");
    if (order > 0) last_key_ = pair.key;
    last_ordinal_ = pair.ordinal;
    each_(pair);
    ++pairs_;
}

}  // namespace af
