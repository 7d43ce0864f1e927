#include "stages/collect_folds.hpp"

#include "stages/pairs/key_value.hpp"

namespace af {

Task<void> collect_folds(Ports<ObjectOutput, void> io, FoldedPairs& pairs) {
    FoldedPairs::Adder adder(pairs, io.stop);
    while (auto output = co_await io.in.next()) {
        output->lines->for_each([&](std::string_view lines) {
            for_each_line(lines, [&](std::string_view line) {
                const auto [key, value] = split_key_value(line);
                adder.add(key, value, output->object->name);
            });
        });
    }
    adder.flush();
}

Task<void> order_folds(Ports<std::size_t, void> io, FoldedPairs& pairs) {
    while (const auto table = co_await io.in.next()) pairs.order(*table, StopCheck(io.stop));
}

}  // namespace af
