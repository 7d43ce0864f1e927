#include "stages/parts/collect_parts.hpp"

#include "stages/piece_io.hpp"

#include <utility>

namespace af {
namespace {

// nullopt: the part is whole and was taken.
Task<std::optional<Error>> take_part(Inflated& part, PartTarget& target, const StageContext& stage) {
    std::unique_ptr<PartWriter> writer = target.open(part.object->ordinal);
    for (;;) {
        Piece piece = co_await next_of_stream(part.pieces, stage);
        if (!piece) co_return std::move(piece.error());
        try {
            if (is_end(piece)) {
                writer->finish();
                co_return std::nullopt;
            }
            writer->add(piece->view());
        } catch (Error& error) {
            if (error.kind() != ErrorKind::corrupt) throw std::move(error).about(part.object->name);
            co_return std::move(error).about(part.object->name);
        }
    }
}

}  // namespace

void PartTarget::lost(ObjectPtr part, Error why) {
    std::lock_guard lock(mutex_);
    lost_.push_back({std::move(part), std::move(why)});
}

std::vector<LostPart> PartTarget::take_lost() {
    std::lock_guard lock(mutex_);
    return std::exchange(lost_, {});
}

Task<void> collect_parts(Ports<Inflated, void> io, PartTarget& target) {
    while (auto part = co_await io.in.next()) {
        std::optional<Error> error = co_await take_part(*part, target, io);
        if (error) target.lost(part->object, std::move(*error));
    }
}

}  // namespace af
