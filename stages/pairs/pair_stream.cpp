#include "stages/pairs/pair_stream.hpp"

#include "stages/pairs/key_prefix.hpp"

#include <utility>

namespace af {
namespace {

// The streams' next pairs in a heap, the first of all on top: taking it is one walk down the heap, which ends at once
// where equal keys come from one stream.
class Merge final : public PairStream {
public:
    explicit Merge(std::vector<std::unique_ptr<PairStream>> streams) : streams_(std::move(streams)) {
        for (std::uint32_t i = 0; i < streams_.size(); ++i) {
            if (streams_[i]->next()) heap_.push_back({key_prefix(streams_[i]->pair().key), i});
        }
        for (std::size_t at = heap_.size() / 2; at > 0; --at) sift_down(at - 1);
    }

    bool next() override {
        if (started_ && !heap_.empty()) step_top();
        started_ = true;
        if (heap_.empty()) return false;
        pair_ = streams_[heap_.front().stream]->pair();
        return true;
    }

private:
    struct Head {
        std::uint64_t prefix;
        std::uint32_t stream;
    };

    void step_top() {
        Head& top = heap_.front();
        if (streams_[top.stream]->next()) {
            top.prefix = key_prefix(streams_[top.stream]->pair().key);
        } else {
            top = heap_.back();
            heap_.pop_back();
        }
        sift_down(0);
    }

    bool before(const Head& a, const Head& b) const {
        if (a.prefix != b.prefix) return a.prefix < b.prefix;
        const SortedPair& x = streams_[a.stream]->pair();
        const SortedPair& y = streams_[b.stream]->pair();
        if (const int order = x.key.compare(y.key)) return order < 0;
        if (x.ordinal != y.ordinal) return x.ordinal < y.ordinal;
        return a.stream < b.stream;
    }

    void sift_down(std::size_t at) {
        for (std::size_t child; (child = 2 * at + 1) < heap_.size(); at = child) {
            if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
            if (!before(heap_[child], heap_[at])) return;
            std::swap(heap_[child], heap_[at]);
        }
    }

    std::vector<std::unique_ptr<PairStream>> streams_;
    std::vector<Head> heap_;
    bool started_ = false;
};

}  // namespace

std::unique_ptr<PairStream> merge(std::vector<std::unique_ptr<PairStream>> streams) {
    if (streams.size() == 1) return std::move(streams.front());
    return std::make_unique<Merge>(std::move(streams));
}

}  // namespace af
