#include "stages/pairs/pair_stream.hpp"

#include <algorithm>

namespace af {
namespace {

class Merge final : public PairStream {
public:
    explicit Merge(std::vector<std::unique_ptr<PairStream>> streams) : streams_(std::move(streams)) {
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            if (streams_[i]->next()) heap_.push_back(i);
        }
        std::make_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return after(a, b); });
    }

    bool next() override {
        const auto later = [this](std::size_t a, std::size_t b) { return after(a, b); };
        if (current_ != SIZE_MAX) {
            if (streams_[current_]->next()) {
                // Runs of equal keys often come from one stream: no need to touch the heap then.
                if (heap_.empty() || !after(current_, heap_.front())) {
                    pair_ = streams_[current_]->pair();
                    return true;
                }
                heap_.push_back(current_);
                std::push_heap(heap_.begin(), heap_.end(), later);
            }
            current_ = SIZE_MAX;
        }
        if (heap_.empty()) return false;
        std::pop_heap(heap_.begin(), heap_.end(), later);
        current_ = heap_.back();
        heap_.pop_back();
        pair_ = streams_[current_]->pair();
        return true;
    }

private:
    bool after(std::size_t a, std::size_t b) const {
        const SortedPair& x = streams_[a]->pair();
        const SortedPair& y = streams_[b]->pair();
        if (const int order = x.key.compare(y.key)) return order > 0;
        if (x.ordinal != y.ordinal) return x.ordinal > y.ordinal;
        return a > b;
    }

    std::vector<std::unique_ptr<PairStream>> streams_;
    std::vector<std::size_t> heap_;
    std::size_t current_ = SIZE_MAX;
};

}  // namespace

std::unique_ptr<PairStream> merge(std::vector<std::unique_ptr<PairStream>> streams) {
    if (streams.size() == 1) return std::move(streams.front());
    return std::make_unique<Merge>(std::move(streams));
}

}  // namespace af
