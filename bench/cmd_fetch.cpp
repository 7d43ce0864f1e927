// af-bench fetch: reads objects as a job reads them and drops them, to see what the way to them allows.
#include "bench/command.hpp"
#include "bench/store_options.hpp"
#include "engine/width_control.hpp"
#include "stages/fetch.hpp"
#include "stages/flow/plan.hpp"
#include "stages/flow/session.hpp"
#include "stages/list_inputs.hpp"
#include "stages/piece_io.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

namespace af::bench {
namespace {

constexpr unsigned kMostWidth = 1024;
constexpr unsigned kDrains = 32;

struct Arguments {
    std::vector<std::string> inputs;
    StoreOptions store;
    unsigned width = 0;
    unsigned depth = 4;
};

struct Dropped {
    std::atomic<std::uint64_t> objects{0};
    std::atomic<std::uint64_t> bytes{0};
};

Task<void> give(Ports<void, ObjectPtr> io, const std::vector<ObjectPtr>& objects) {
    for (const ObjectPtr& object : objects) co_await io.out.put(object);
}

// The first object that cannot be read whole ends it: what was measured would be of less.
Task<void> drop(Ports<Fetched, void> io, Dropped& dropped) {
    while (auto item = co_await io.in.next()) {
        Compressed object = std::get<Compressed>(std::move(*item));
        for (;;) {
            Piece piece = co_await next_of_stream(object.pieces, io);
            if (!piece) throw std::move(piece.error());
            if (is_end(piece)) break;
            dropped.bytes += piece->size();
        }
        ++dropped.objects;
    }
}

std::vector<ObjectPtr> objects_of(const Arguments& arguments, Session& session, Control& control) {
    InputSources sources{session.local(), session.s3(), session.runtime().cpu(), STDIN_FILENO};
    Task<InputList> listing = list_inputs(arguments.inputs, {}, sources, control.token());
    InputList found = session.runtime().block_on(std::move(listing));
    return largest_first(std::move(found.objects));
}

void run(const Arguments& arguments) {
    Control control;
    Session session(arguments.store, process_environment, control);
    const std::vector<ObjectPtr> objects = objects_of(arguments, session, control);
    const Place net = session.runtime().net();
    const unsigned most = static_cast<unsigned>(
        std::clamp<std::size_t>(objects.size(), 1, arguments.width > 0 ? arguments.width : kDrains));
    WidthBounds bounds{.min = std::min(2u, most), .max = most, .start = std::min(8u, most)};
    if (arguments.width > 0) bounds.min = bounds.start = bounds.max;
    WidthControl width(session.clock(), bounds, &session.brake());
    const FetchOptions options{
        .retrier = {session.clock(), seeded_random(), object_policy(), &session.brake()},
        .width = &width,
        .pieces = {.items = 2 * arguments.depth, .bytes = arguments.depth * kStoredBlockBytes},
    };
    Dropped dropped;
    const auto begun = std::chrono::steady_clock::now();
    Pipeline pipeline("fetch");
    pipeline.from("list", {.on = net, .buffer = {.items = 1}}, give, objects)
        .then("fetch", {.on = net, .workers = most, .buffer = {.items = 1}}, fetch, options, session.store())
        .into("drop", {.on = net, .workers = most}, drop, dropped);
    control.run(pipeline);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    fmt::print("{}, {} in {:.2f} s: {}/s; it settled at {}\n", plural(dropped.objects, "object"),
               size_text(dropped.bytes), seconds,
               size_text(static_cast<std::uint64_t>(static_cast<double>(dropped.bytes) / seconds)),
               plural(width.width(), "transfer"));
}

void define(CLI::App& app) {
    const auto arguments = std::make_shared<Arguments>();
    app.add_option("INPUT", arguments->inputs,
                   "a folder, a file, s3://bucket/prefix, a manifest, or - for names on stdin")
        ->required();
    app.add_option("--width", arguments->width, "transfers side by side (as many as turn out to help)")
        ->check(CLI::Range(1u, kMostWidth));
    app.add_option("--depth", arguments->depth, "blocks of 256 KiB that a transfer is ahead")
        ->capture_default_str()
        ->check(CLI::Range(1u, 64u));
    add_store_options(app, arguments->store);
    app.footer(
        "example: af-bench fetch s3://telemetry/saved_session/\nExit status as that of af: 2 usage, 66 missing, 69 "
        "refused, 75 network.");
    app.callback([arguments] { run(*arguments); });
}

}  // namespace

const Command kFetchCommand{"fetch", "read objects and drop them: how fast the way to them is", define};

}  // namespace af::bench
