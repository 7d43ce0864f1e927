#include "stages/merge_pairs.hpp"

#include "stages/pairs/fold_stream.hpp"

#include <string_view>

namespace af {
namespace {

// Fills blocks with lines. What does not fit into the rest of a block goes on in the next: take_full() hands out the
// blocks that are ready to go.
class LineBlocks {
public:
    explicit LineBlocks(BlockPool& pool) : pool_(pool), block_(pool.take()) {}

    void add(std::string_view key, std::string_view value) {
        for (std::string_view text : {key, std::string_view("\t"), value, std::string_view("\n")}) {
            while (text.size() > block_.room().size()) {
                const std::size_t part = block_.room().size();
                block_.append(text.substr(0, part));
                text.remove_prefix(part);
                full_.push_back(std::move(block_));
                block_ = pool_.take();
            }
            block_.append(text);
        }
    }

    bool has_full() const noexcept { return !full_.empty(); }
    std::vector<Block> take_full() { return std::exchange(full_, {}); }
    Block take_rest() { return std::move(block_); }

private:
    BlockPool& pool_;
    Block block_;
    std::vector<Block> full_;
};

Task<void> put_all(Out<Block>& out, std::vector<Block> blocks) {
    for (Block& block : blocks) co_await out.put(std::move(block));
}

Task<void> put_lines(Out<Block>& out, PairStream& pairs, BlockPool& pool) {
    LineBlocks lines(pool);
    while (pairs.next()) {
        lines.add(pairs.pair().key, pairs.pair().value);
        if (!lines.has_full()) continue;
        std::vector<Block> full = lines.take_full();
        co_await put_all(out, std::move(full));
    }
    Block rest = lines.take_rest();
    if (rest.size() > 0) co_await out.put(std::move(rest));
}

}  // namespace

Task<void> merge_pairs(Ports<void, Block> io, PairStream& pairs, BlockPool& pool) {
    co_await put_lines(io.out, pairs, pool);
}

Task<void> fold_pairs(Ports<void, Block> io, PairStream& pairs, FoldOperation operation, BlockPool& pool) {
    FoldStream folded(pairs, operation, io.stop);
    co_await put_lines(io.out, folded, pool);
}

Task<void> send_pairs(Sender<Block> to, PairStream& pairs, BlockPool& pool) {
    LineBlocks lines(pool);
    while (pairs.next()) {
        lines.add(pairs.pair().key, pairs.pair().value);
        for (Block& block : lines.take_full()) {
            const bool taken = co_await to.put(std::move(block));
            if (!taken) co_return;
        }
    }
    Block rest = lines.take_rest();
    if (rest.size() == 0) co_return;
    [[maybe_unused]] const bool taken = co_await to.put(std::move(rest));
}

}  // namespace af
