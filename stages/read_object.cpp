#include "stages/read_object.hpp"

#include "stages/object_reader.hpp"

#include <fmt/format.h>

namespace af {
namespace {

Task<std::string> read_once(ObjectStore& store, ObjectPtr object, const Retrier& with, std::size_t max_bytes,
                            std::stop_token stop) {
    ObjectReader reader(store, object, with, std::move(stop));
    std::string text;
    co_await reader.open();
    for (;;) {
        std::optional<Block> block = co_await reader.next();
        if (!block) co_return text;
        if (block->size() > max_bytes - text.size())
            throw Error(ErrorKind::corrupt, fmt::format("longer than the {} bytes allowed", max_bytes));
        text += block->view();
    }
}

}  // namespace

Task<std::string> read_object(ObjectStore& store, ObjectPtr object, const Retrier& with, std::size_t max_bytes,
                              std::stop_token stop) {
    for (int attempt = 1;; ++attempt) {
        try {
            std::string text = co_await read_once(store, object, with, max_bytes, stop);
            co_return text;
        } catch (Error& error) {
            if (error.kind() != ErrorKind::corrupt || attempt == 2) throw std::move(error).about(object->name);
        }
    }
}

}  // namespace af
