#include "stages/mapper_width.hpp"

#include <algorithm>

namespace af {
namespace {

constexpr Duration kPeriod = std::chrono::seconds(1);
constexpr double kLoaded = 0.8;
constexpr double kAsleep = 0.5;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

MapperWidth::MapperWidth(Clock& clock, unsigned workers, unsigned most)
    : clock_(clock),
      bounds_{.min = workers, .max = std::max(workers, most), .start = workers},
      extras_(0),
      begun_(clock.now()) {
    state_.width = workers;
}

void MapperWidth::answered(const Turn& turn) {
    ++turns_;
    bytes_ += turn.bytes;
    busy_ += turn.busy;
    awake_ += turn.awake.value_or(turn.busy);  // when the system does not tell, nothing grows
    const Duration period = clock_.now() - begun_;
    if (!stays_ && period >= kPeriod && turns_ >= 2 * state_.width) sample(period);
}

void MapperWidth::stay() {
    stays_ = true;
    extras_.set_width(extras_.taken() - 1);  // without the one that could not be had
}

void MapperWidth::sample(Duration period) {
    const double asleep = seconds(busy_) > 0 ? 1 - seconds(awake_) / seconds(busy_) : 0;
    const bool loaded = seconds(busy_) >= kLoaded * seconds(period) * state_.width;
    WidthSample sample;
    sample.bytes_per_second = static_cast<double>(bytes_) / seconds(period);
    sample.starved = loaded && asleep > kAsleep ? asleep : 0;
    state_ = next_width(state_, sample, bounds_);
    extras_.set_width(state_.width - bounds_.min);
    begun_ = clock_.now();
    turns_ = 0;
    bytes_ = 0;
    busy_ = awake_ = Duration(0);
}

}  // namespace af
