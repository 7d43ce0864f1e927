#include "stages/s3/error_body.hpp"

namespace af {

Task<std::string> error_body(HttpResponse& response) {
    constexpr std::size_t kMaxErrorBytes = 64 << 10;
    try {
        std::string text = co_await read_all(*response.body, kMaxErrorBytes);
        co_return text;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
    }
    co_return "";
}

}  // namespace af
