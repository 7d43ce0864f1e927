// A sorted stream in which each key comes once, with what its values fold to. Where parts are joined to parts, a key
// comes again when its part has become as long as a line should be (Aggregate::kMostPartBytes).
//
// Memory   one key and what its values take. Pairs have the ordinal 0.
// Stop     seen within some thousand pairs.
// Errors   those of the inner stream and of the operation.
#pragma once

#include "engine/stop_check.hpp"
#include "stages/pairs/fold.hpp"
#include "stages/pairs/pair_stream.hpp"

#include <string>

namespace af {

class FoldStream final : public PairStream {
public:
    // Reads `inner` for as long as it lives.
    FoldStream(PairStream& inner, FoldOperation operation, std::stop_token stop);

    bool next() override;

private:
    void step();
    void fold_all();

    PairStream& inner_;
    const FoldOperation operation_;
    StopCheck check_;
    bool more_;
    std::string key_;
    std::string value_;
};

}  // namespace af
