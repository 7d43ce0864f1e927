// Lists or reads over the whole S3 stack (credential chain, store, libcurl), for s3_server_test.py.
//
// usage: s3_probe list s3://bucket/prefix [DELIMITER]    one line an object (size TAB name) or prefix (- TAB name),
//        escaped s3_probe cat s3://bucket/key [OFFSET [ETAG]]    size, offset, etag and checksum to stderr, the bytes
// to stdout Ends with the exit code of the error and its line on stderr.
#include "engine/curl_http.hpp"
#include "engine/runtime.hpp"
#include "stages/s3/checksums.hpp"
#include "stages/s3/s3_store.hpp"
#include "tests/support/probe_main.hpp"

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

using namespace af;

namespace {

std::optional<std::string> process_variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    if (!value) return std::nullopt;
    return std::string(value);
}

Task<void> list(ObjectStore& store, std::string prefix, std::string delimiter) {
    std::string token;
    do {
        ListPage page = co_await store.list(prefix, delimiter, token, {});
        for (const ObjectRef& object : page.objects) fmt::print("{}\t{}\n", object.size, escaped(object.name));
        for (const std::string& name : page.prefixes) fmt::print("-\t{}\n", escaped(name));
        token = page.next_token;
    } while (!token.empty());
}

Task<void> cat(ObjectStore& store, std::string name, std::uint64_t offset, std::string etag) {
    OpenObject object = co_await store.open(name, offset, etag, {});
    ChecksumVerifier verifier(object.checksums);
    for (;;) {
        std::optional<Block> block = co_await object.body->next();
        if (!block) break;
        verifier.update(block->view());
        std::fwrite(block->data(), 1, block->size(), stdout);
    }
    fmt::print(stderr, "size={} offset={} etag={} checksum={}\n", object.size, object.offset, object.etag,
               verifier.algorithm());
    Result<void> whole = verifier.finish();
    if (!whole) throw std::move(whole.error()).about(name);
}

int run(int argc, char** argv) {
    Environment environment = process_variable;
    AwsProfile profile = read_profile(environment).value();
    Runtime runtime(1);
    RealClock clock;
    BlockPool pool(256 << 10);
    CurlHttp http(runtime.net().executor, pool);
    CredentialOptions anonymous{.anonymous = process_variable("S3_PROBE_ANONYMOUS").has_value()};
    CredentialContext context{environment, profile, http, clock, seeded_random()};
    auto credentials = make_credentials(anonymous, context);
    Addressing addressing =
        process_variable("S3_PROBE_VIRTUAL_HOST") ? Addressing::virtual_host : Addressing::automatic;
    S3Options options{.endpoint = resolve_endpoint(environment, "", addressing).value(),
                      .region = aws_region(environment, profile)};
    S3Store store(http, *credentials, Retrier{clock, seeded_random()}, options);
    auto argument = [&](int n) { return argc > n ? std::string(argv[n]) : std::string(); };
    if (argument(1) == "list") runtime.block_on(list(store, argument(2), argument(3)));
    else runtime.block_on(cat(store, argument(2), std::strtoull(argument(3).c_str(), nullptr, 10), argument(4)));
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return test::probe_main("s3_probe", run, argc, argv); }
