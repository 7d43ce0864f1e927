#include "stages/collect_pairs.hpp"

#include "engine/stop_check.hpp"
#include "stages/flat_table.hpp"
#include "stages/pairs/key_value.hpp"

namespace af {
namespace {

class Adder {
public:
    Adder(std::vector<Sorter>& sorters, const SortedPairsOptions& options, const std::stop_token& stop)
        : sorters_(sorters), options_(options), check_(stop) {
        for (Sorter& sorter : sorters_) sorter.stop_on(stop);
    }

    void add(std::string_view key, std::string_view value, std::uint32_t ordinal) {
        check_.step();
        if (!options_.combine) {
            sort(key, value, ordinal);
            return;
        }
        const std::size_t before = folds_.bytes();
        Fold& fold = folds_.at(key, [] { return Fold(); });
        const std::size_t owned = fold.extra_bytes();
        fold.add(*options_.combine, value);
        folds_bytes_ += folds_.bytes() - before + fold.extra_bytes() - owned;
        if (fold.extra_bytes() > Aggregate::kMostPartBytes) {
            folds_bytes_ -= fold.extra_bytes();
            sort(key, fold.result(*options_.combine), ordinal);
            fold = Fold();
        }
        if (folds_bytes_ > options_.combine_bytes) flush(ordinal);
    }

    // When an object ends, or the table is full: the latter depends on the object alone, so the output does too.
    void flush(std::uint32_t ordinal) {
        folds_.for_each([&](std::string_view key, const Fold& fold) {
            if (!fold.is_empty()) sort(key, fold.result(*options_.combine), ordinal);
        });
        folds_.clear();
        folds_bytes_ = 0;
    }

private:
    void sort(std::string_view key, std::string_view value, std::uint32_t ordinal) {
        sorters_[partition_of(key, options_.partitions)].add(key, value, ordinal);
    }

    std::vector<Sorter>& sorters_;
    const SortedPairsOptions& options_;
    StopCheck check_;
    FlatTable<Fold> folds_;
    std::size_t folds_bytes_ = 0;
};

void add_object(Adder& adder, const ObjectOutput& output) {
    const std::uint32_t ordinal = output.object->ordinal;
    output.lines->for_each([&](std::string_view lines) {
        for_each_line(lines, [&](std::string_view line) {
            const auto [key, value] = split_key_value(line);
            adder.add(key, value, ordinal);
        });
    });
    adder.flush(ordinal);
}

}  // namespace

SortedPairs::SortedPairs(SortedPairsOptions options) : options_(std::move(options)) {
    const std::size_t share = options_.sort_bytes / (std::size_t{options_.workers} * options_.partitions);
    sorters_.resize(options_.workers);
    for (auto& of_worker : sorters_) {
        for (unsigned i = 0; i < options_.partitions; ++i) of_worker.emplace_back(share, options_.scratch);
        free_.push_back(&of_worker);
    }
}

SortedPairs::Claim SortedPairs::claim() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) throw Error(ErrorKind::bug, "all sorters are claimed");
    Claim claim(free_.back(), GiveBack{this});
    free_.pop_back();
    return claim;
}

void SortedPairs::GiveBack::operator()(std::vector<Sorter>* sorters) const noexcept {
    std::lock_guard lock(to->mutex_);
    to->free_.push_back(sorters);
}

std::unique_ptr<PairStream> SortedPairs::partition(unsigned number) {
    std::vector<std::unique_ptr<PairStream>> streams;
    for (auto& of_worker : sorters_) {
        for (auto& stream : of_worker.at(number).finish()) streams.push_back(std::move(stream));
    }
    return merge(std::move(streams));
}

std::uint64_t SortedPairs::pairs() const {
    std::uint64_t sum = 0;
    for (const auto& of_worker : sorters_) {
        for (const Sorter& sorter : of_worker) sum += sorter.pairs();
    }
    return sum;
}

Task<void> collect_pairs(Ports<ObjectOutput, void> io, SortedPairs& store) {
    const SortedPairs::Claim sorters = store.claim();
    Adder adder(*sorters, store.options(), io.stop);
    while (auto output = co_await io.in.next()) {
        try {
            add_object(adder, *output);
        } catch (Error& error) {
            throw std::move(error).about(output->object->name);
        }
    }
}

}  // namespace af
