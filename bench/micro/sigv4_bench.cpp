// What the signature of one GetObject request costs: a request a second is signed for each object in flight, at most.
// Floor: SHA-256 of the 3 blocks of 64 bytes that its canonical request has at least.
#include "stages/s3/sigv4.hpp"

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <string>

namespace {

af::HttpRequest request() {
    af::HttpRequest request;
    request.url =
        "https://telemetry.s3.us-west-2.amazonaws.com/saved_session/Firefox/nightly/28.0a1/20131104/a1b2c3.lzma";
    request.headers = {{"range", "bytes=0-8388607"}, {"if-match", "\"0123456789abcdef\""}};
    return request;
}

void sign_one_request(benchmark::State& state) {
    const af::AwsKeys keys{.access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret", .session_token = "token"};
    const af::SigningScope scope{.region = "us-west-2", .at = af::WallTime{std::chrono::seconds(1'383'523'200)}};
    const af::HttpRequest unsigned_request = request();
    for (auto _ : state) {
        af::HttpRequest signed_request = unsigned_request;
        af::sign(signed_request, keys, scope);
        benchmark::DoNotOptimize(signed_request);
    }
    state.SetItemsProcessed(state.iterations());
}

void sha256_of_192_bytes(benchmark::State& state) {
    const std::string text(192, 'x');
    unsigned char digest[EVP_MAX_MD_SIZE];
    for (auto _ : state) {
        if (EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr) != 1)
            state.SkipWithError("no SHA-256");
        benchmark::DoNotOptimize(digest);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(sha256_of_192_bytes);
BENCHMARK(sign_one_request);

}  // namespace
