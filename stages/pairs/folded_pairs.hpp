// The pairs of a job whose reduce is built in, folded from the first on: a key is kept once, whatever object it comes
// from.
//
// Method   hash aggregation in partitions (Shatdal and Naughton, Adaptive Parallel Aggregation Algorithms, 1995): a
//          worker sorts pairs into the buffers of some dozen tables by the hash of their keys, and empties a full
//          buffer into its table. So a table, at most some MiB, is in the processor's cache while it is worked on, and
//          workers seldom meet. A table that is full goes to disk as a sorted run.
// Order    none matters: operations give the same bytes whatever order and grouping their values have.
// Memory   `bytes` in all for the tables, shared out to them, and kBufferBytes a table for each worker: memory_bytes().
//          Runs are read back in read_back_bytes().
// Disk     runs are anonymous files below `scratch`; gone with the process.
// Errors   from add() and flush(): no_space, io; child_output: a key that is too long or a value that the operation
//          cannot take, about what it is `from`; or two values of a key that do not go together, which may be seen
//          later.
// Threads  an Adder each; order() of different tables side by side, once all are flushed; then one reader a partition.
#pragma once

#include "stages/pairs/fold_runs.hpp"
#include "stages/pairs/fold_table.hpp"

#include <deque>
#include <mutex>

namespace af {

struct FoldedPairsOptions {
    FoldStages stages;
    unsigned partitions = 1;
    std::size_t bytes = std::size_t{128} << 20;
    std::filesystem::path scratch;
};

class FoldedPairs {
    struct Table;

public:
    static constexpr std::size_t kBufferBytes = 16 << 10;

    // What it really takes, with what a table that holds a large fold is over its share.
    static std::size_t memory_bytes(std::size_t bytes, unsigned partitions, unsigned workers) noexcept;
    static std::size_t longest_key_bytes(std::size_t bytes, unsigned partitions) noexcept;
    // `workers` that merge runs, or then the readers of a partition. `long_parts`: values are those of a builtin map.
    static std::size_t read_back_bytes(std::size_t bytes, unsigned partitions, unsigned workers,
                                       bool long_parts) noexcept;

    explicit FoldedPairs(FoldedPairsOptions options);

    class Adder {
    public:
        Adder(FoldedPairs& pairs, std::stop_token stop);
        // `from`: the object, for errors.
        void add(std::string_view key, std::string_view value, std::string_view from);
        void flush();

    private:
        void add_now(Table& table, std::string_view key, std::uint64_t hash, const std::optional<SmallValue>& small,
                     std::string_view value, std::string_view from);
        void empty(std::size_t table);

        FoldedPairs& pairs_;
        StopCheck check_;
        std::vector<std::string> buffers_;
    };

    std::size_t tables() const noexcept { return tables_.size(); }
    void order(std::size_t table, StopCheck check);

    // Of all keys of the partition, in order, as parts: a key that was on disk may come several times.
    std::unique_ptr<PairStream> partition(unsigned number);
    // What the partitions have in all.
    std::uint64_t pairs() const;

private:
    struct Table {
        Table(const FoldedPairsOptions& options, std::size_t bytes)
            : folds(options.stages, bytes), runs(options.stages, options.scratch) {}
        std::mutex mutex;
        FoldTable folds;
        FoldRuns runs;
    };

    std::size_t table_of(std::string_view key, std::uint64_t hash) const noexcept;
    template <class Value>
    void add_to(Table& table, std::string_view key, std::uint64_t hash, const Value& value, StopCheck& check);
    void write_out(Table& table, StopCheck& check);

    FoldedPairsOptions options_;
    std::size_t tables_each_;   // of a partition
    std::deque<Table> tables_;  // partition by partition
};

}  // namespace af
