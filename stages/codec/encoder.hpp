// Compresses a stream of bytes: zstd and gzip, for results and parts.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace af {

class Encoder {
public:
    using Sink = std::function<void(std::string_view)>;

    virtual ~Encoder() = default;
    virtual void add(std::string_view bytes, const Sink& sink) = 0;
    virtual void finish(const Sink& sink) = 0;  // once, last
};

// By the suffix of `name`: .zst, .gz, else the bytes as they are. The same bytes in give the same bytes out.
std::unique_ptr<Encoder> encoder_for(std::string_view name);

}  // namespace af
