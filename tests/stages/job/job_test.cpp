#include "stages/job/load_job.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace af;

namespace {

// A job folder with the scripts that the tests name.
struct Scripts {
    TemporaryFolder folder;
    Scripts() {
        for (const char* name : {"mapper.py", "reducer.py", "job.js", "sub/m.py", "tool", "data"})
            folder.write(name, "x");
        std::filesystem::permissions(folder.path() / "tool", std::filesystem::perms::owner_all);
    }
    Job parse(std::string_view text) const { return parse_job(text, folder.path() / "analysis-tools.yml"); }
    // The message without the folder's name.
    std::string refusal(std::string_view text) const {
        try {
            parse(text);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::config);
            std::string message = error.what();
            const std::string path = (folder.path() / "").string();
            for (auto at = message.find(path); at != message.npos; at = message.find(path))
                message.erase(at, path.size());
            return message;
        }
        return "accepted";
    }
    std::string map_refusal(std::string_view lines) const {
        return refusal(fmt::format("map:\n  language: python\n  script: mapper.py\n{}", lines));
    }
};

}  // namespace

TEST_CASE("the full form is read into a job", "[job]") {
    Scripts scripts;
    const Job job = scripts.parse(R"(
map:
  language: python
  script: ./sub/m.py
  function: m2
  arguments: [-n, 5, "x y"]
  decompress: false
  input: lines
  workers: 3
  timeout: 20
  allow_early_exit: true
combine: {language: builtin, operation: sum}
reduce:
  language: javascript
  script: job.js
records:
  format: tsv
  max_bytes: 1 MiB
  on_bad: fail
  max_bad: 2.5%
reducers: 4
)");
    CHECK(job.map.code.script == scripts.folder.path() / "sub/m.py");
    CHECK(job.map.code.function == "m2");
    CHECK(job.map.code.arguments == std::vector<std::string>{"-n", "5", "x y"});
    CHECK(job.map.decompress == Decompress::no);
    CHECK(job.map.input == MapInput::lines);
    CHECK(job.map.workers == 3);
    CHECK(job.map.timeout == std::chrono::seconds(20));
    CHECK(job.map.allow_early_exit);
    CHECK(job.combine->operation == BuiltinOperation::sum);
    CHECK(job.reduce->code->language == Language::javascript);
    CHECK(job.reduce->code->function == "reduce");
    CHECK(job.records.format == RecordFormat::tsv);
    CHECK(job.records.max_bytes == 1 << 20);
    CHECK(job.records.on_bad == OnBad::fail);
    CHECK(job.records.max_bad.share == 0.025);
    CHECK_FALSE(job.records.max_bad.count);
    CHECK(job.reducers == 4);
    CHECK_FALSE(job.form_of_2014);
}

TEST_CASE("what the full form leaves out has its default", "[job]") {
    Scripts scripts;
    const Job job = scripts.parse("map: {language: binary, script: tool, workers: auto}\nrecords: {max_bad: 20}\n");
    CHECK(job.map.workers == 0);
    CHECK(job.map.timeout == std::chrono::seconds(600));
    CHECK(job.map.decompress == Decompress::automatic);
    CHECK(job.map.code.function.empty());
    CHECK_FALSE(job.reduce);
    CHECK(job.records.max_bytes == 64 << 20);
    CHECK(job.records.max_bad.count == 20);
    const std::string folder = scripts.folder.path().string();
    CHECK(describe(job) ==
          fmt::format("job       {0}/analysis-tools.yml\n"
                      "map       binary {0}/tool; input records, decompress auto, workers auto, hung after 600 s\n"
                      "combine   no\nreduce    no (map-only)\n"
                      "records   uuid-json of at most 67108864 bytes; bad ones: skip, at most 20\n",
                      folder));
}

TEST_CASE("the form of 2014 pairs mapper.py with reducer.py, and one script with itself", "[job]") {
    Scripts scripts;
    const Job python = scripts.parse("language: python\nscript: \"mapper.py\"\narguments: []\n");
    CHECK(python.form_of_2014);
    CHECK(python.map.code.script == scripts.folder.path() / "mapper.py");
    CHECK(python.map.code.function == "mapper");
    CHECK(python.reduce->code->script == scripts.folder.path() / "reducer.py");
    CHECK(python.reduce->code->function == "reduce");
    const Job javascript = scripts.parse("language: javascript\nscript: job.js\n");
    CHECK(javascript.map.code.script == javascript.reduce->code->script);
    const Job binary = scripts.parse("language: binary\nscript: tool\narguments: [a]\n");
    CHECK(binary.reduce->code->script == scripts.folder.path() / "tool");
    CHECK(binary.reduce->code->arguments == std::vector<std::string>{"a"});
    CHECK(scripts.refusal("language: python\nscript: sub/m.py\n") ==
          "analysis-tools.yml:2: script: there is no sub/reducer.py");
}

TEST_CASE("a job with a mistake is refused with file and line", "[job]") {
    Scripts scripts;
    CHECK(scripts.refusal("") == "analysis-tools.yml:1: the file must be a map of keys and values, it is nothing");
    CHECK(scripts.refusal("reduce: 1\n") ==
          "analysis-tools.yml:1: neither map (the full form) nor language (the form of 2014) is there");
    CHECK(scripts.map_refusal("  inptu: lines\n") ==
          "analysis-tools.yml:4: map.inptu: this key is not known (did you mean \"input\"?)");
    CHECK(scripts.map_refusal("reducer: 3\n") ==
          "analysis-tools.yml:4: reducer: this key is not known (did you mean \"reduce\"?)");
    CHECK(scripts.map_refusal("  input: line\n") ==
          "analysis-tools.yml:4: map.input: must be one of records, lines, files, it is \"line\" (did you mean "
          "\"lines\"?)");
    CHECK(scripts.map_refusal("  workers: 0\n") ==
          "analysis-tools.yml:4: map.workers: must be a whole number from 1 to 1024, it is \"0\"");
    CHECK(scripts.map_refusal("  workers: \"2\"\n") ==
          "analysis-tools.yml:4: map.workers: must be a whole number from 1 to 1024, it is \"2\"");
    CHECK(scripts.map_refusal("  function: 5\n") == "analysis-tools.yml:4: map.function: must be text, it is 5");
    CHECK(scripts.map_refusal("  function: a b\n") == "analysis-tools.yml:4: map.function: \"a b\" is not a name");
    CHECK(scripts.map_refusal("  arguments: x\n") == "analysis-tools.yml:4: map.arguments: must be a list, it is text");
    CHECK(scripts.map_refusal("  arguments:\n  - [x]\n") ==
          "analysis-tools.yml:5: map.arguments: its items must be text, one is a list");
    CHECK(scripts.map_refusal("  allow_early_exit: yes\n") ==
          "analysis-tools.yml:4: map.allow_early_exit: must be true or false, it is \"yes\"");
    CHECK(scripts.map_refusal("records:\n  max_bad: 101%\n") ==
          "analysis-tools.yml:5: records.max_bad: must be a count or a share such as 0.1%, it is \"101%\"");
    CHECK(scripts.map_refusal("records:\n  max_bytes: 64XB\n")
              .starts_with("analysis-tools.yml:5: records.max_bytes: must be a size from 1024"));
    CHECK(scripts.map_refusal("records: x\n") ==
          "analysis-tools.yml:4: records must be a map of keys and values, it is text");
    CHECK(scripts.map_refusal("reduce: {language: builtin}\n") == "analysis-tools.yml:4: reduce.operation: is missing");
    CHECK(scripts.map_refusal("reduce: {language: builtin, operation: median}\n") ==
          "analysis-tools.yml:4: reduce.operation: must be one of sum, count, min, max, mean, unique, histogram, "
          "top-k, it is \"median\" (did you mean \"mean\"?)");
    CHECK(scripts.map_refusal("combine: {language: builtin, operation: sum}\n") ==
          "analysis-tools.yml:4: combine: a job without reduce has nothing to combine for");
}

TEST_CASE("a script must be there, inside the folder of the job, and runnable", "[job]") {
    Scripts scripts;
    const auto refusal = [&](std::string_view language, std::string_view script) {
        return scripts.refusal(fmt::format("map:\n  language: {}\n  script: {}\n", language, script));
    };
    CHECK(refusal("python", "no.py") == "analysis-tools.yml:3: map.script: there is no no.py");
    CHECK(refusal("python", "sub") == "analysis-tools.yml:3: map.script: sub is not a file");
    CHECK(refusal("python", "/etc/passwd") ==
          "analysis-tools.yml:3: map.script: \"/etc/passwd\" lies outside the folder of the job");
    CHECK(refusal("python", "sub/../../x.py") ==
          "analysis-tools.yml:3: map.script: \"sub/../../x.py\" lies outside the folder of the job");
    CHECK(refusal("binary", "data") == "analysis-tools.yml:3: map.script: data cannot be executed");
    CHECK(refusal("native", "no.so") == "analysis-tools.yml:3: map.script: there is no no.so");
    CHECK(refusal("pyhton", "mapper.py").ends_with("it is \"pyhton\" (did you mean \"python\"?)"));
}

TEST_CASE("a combiner that would change the answer is refused", "[job]") {
    Scripts scripts;
    const auto refusal = [&](std::string_view combine, std::string_view reduce) {
        return scripts.map_refusal(
            fmt::format("combine: {{language: builtin, operation: {}}}\nreduce: {{language: builtin, operation: {}}}\n",
                        combine, reduce));
    };
    CHECK(refusal("sum", "sum") == "accepted");
    CHECK(refusal("count", "sum") == "accepted");
    CHECK(refusal("mean", "mean") == "accepted");
    CHECK(refusal("mean", "sum") == "analysis-tools.yml:4: combine: a mean of means is not the mean of all values");
    CHECK(refusal("sum", "count") ==
          "analysis-tools.yml:4: combine: count of values that sum has replaced is not count of all values");
}

TEST_CASE("YAML that an attacker would use is refused", "[job]") {
    Scripts scripts;
    CHECK(scripts.refusal("a: &x 1\n") == "analysis-tools.yml:1: anchors (&name) are not allowed");
    CHECK(scripts.refusal("a: 1\nb: *x\n").starts_with("analysis-tools.yml:2: "));
    CHECK(scripts.refusal("a: !!str 1\n") == "analysis-tools.yml:1: tags (!name) are not allowed");
    CHECK(scripts.refusal("a: 1\na: 2\n") == "analysis-tools.yml:2: the key \"a\" appears twice");
    CHECK(scripts.refusal("? [a]\n: 1\n") == "analysis-tools.yml:1: a key must be text");
    CHECK(scripts.refusal("map: 1\n---\nmap: 1\n") == "analysis-tools.yml: holds more than one document");
    CHECK(scripts.refusal("map: [1\n").starts_with("analysis-tools.yml:2: "));
    CHECK(scripts.refusal(fmt::format("a: {:[>40}{:]>40}", "", "")) ==
          "analysis-tools.yml:1: nested deeper than 32 levels");
    std::string many = "a: [";
    for (int i = 0; i < 10'000; ++i) many += "1,";
    CHECK(scripts.refusal(many.append("1]")) == "analysis-tools.yml:1: more than 10000 values");
    CHECK(scripts.refusal(std::string(70'000, '#')) == "analysis-tools.yml: larger than the 65536 bytes allowed");
    CHECK(scripts.refusal(std::string("a: \0b", 5)) == "analysis-tools.yml: holds a NUL byte");
}

TEST_CASE("a job is loaded from its folder or its file", "[job]") {
    Scripts scripts;
    scripts.folder.write("analysis-tools.yml", "language: python\nscript: mapper.py\n");
    CHECK(load_job(scripts.folder.path()).map.code.script == scripts.folder.path() / "mapper.py");
    CHECK(load_job(scripts.folder.path() / "analysis-tools.yml").form_of_2014);
    CHECK_THROWS_AS(load_job(scripts.folder.path() / "other.yml"), Error);
}
