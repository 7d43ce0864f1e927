#include "engine/worker_spans.hpp"

#include <algorithm>

namespace af {
namespace {

using Span = WorkerSpans::Span;

void merge_into(Span& earlier, const Span& later) {
    earlier.begin = std::min(earlier.begin, later.begin);
    earlier.end = std::max(earlier.end, later.end);
    earlier.starved += later.starved;
    earlier.blocked += later.blocked;
    earlier.waits += later.waits;
}

bool belong_together(const Span& earlier, const Span& later, std::chrono::nanoseconds resolution) {
    if (later.begin < earlier.end) return true;
    return later.begin - earlier.end < resolution && later.end - earlier.begin <= 10 * resolution;
}

}  // namespace

void WorkerSpans::ended(Time at) {
    std::lock_guard lock(mutex_);
    ended_at_ = at;
}

void WorkerSpans::add(Wait kind, Time begin, Time end) {
    Span span{.begin = begin, .end = end, .waits = 1};
    (kind == Wait::starved ? span.starved : span.blocked) = end - begin;
    std::lock_guard lock(mutex_);
    const bool overlaps = !spans_.empty() && begin < spans_.back().end;
    append(overlaps ? overlaps_ : spans_, span);
}

void WorkerSpans::append(std::vector<Span>& spans, const Span& span) {
    if (spans.empty() || !belong_together(spans.back(), span, resolution_)) {
        if (spans.size() == kMost) thin(spans);
        spans.push_back(span);
        return;
    }
    merge_into(spans.back(), span);
    while (spans.size() > 1 && spans.back().begin < spans[spans.size() - 2].end) {
        merge_into(spans[spans.size() - 2], spans.back());
        spans.pop_back();
    }
}

// Ends: once the resolution is longer than the run, everything is one span.
void WorkerSpans::thin(std::vector<Span>& spans) {
    while (spans.size() > kMost / 2) {
        resolution_ *= 2;
        std::size_t kept = 0;
        for (std::size_t i = 1; i < spans.size(); ++i) {
            if (belong_together(spans[kept], spans[i], resolution_)) {
                merge_into(spans[kept], spans[i]);
            } else {
                spans[++kept] = spans[i];
            }
        }
        spans.resize(kept + 1);
    }
}

}  // namespace af
