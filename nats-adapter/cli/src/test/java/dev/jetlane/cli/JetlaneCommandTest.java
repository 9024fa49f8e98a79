// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process, on a real server. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(240)
class JetlaneCommandTest {

  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int LETTERS = 50;

  @AutoClose private static NatsServer server;
  private static int queues;

  private String name;
  private TaskQueue queue;
  private Partition gpu;

  @BeforeAll
  static void startServer() {
    server = NatsServer.start();
  }

  /** Each test has its own queue on the server. */
  @BeforeEach
  void start() {
    name = "q" + ++queues;
    NatsOptions options = NatsOptions.defaults().withStream(name).withSubjectPrefix(name);
    queue = NatsQueues.connect(options.withUrl(server.url()).withRequestTimeout(LIMIT));
    gpu = queue.partition("gpu");
  }

  @AfterEach
  void stop() {
    queue.close();
  }

  private Run run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--url", server.url(), "--stream", name, "--prefix", name));
    return Run.here(all.toArray(String[]::new));
  }

  private Map<String, String> environment() {
    return Map.of("Nats__Url", server.url(), "Nats__Stream", name, "Nats__SubjectPrefix", name);
  }

  private Run succeeds(String... args) {
    Run run = run(args);
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.err()).isEmpty();
    return run;
  }

  @Test
  void listsWithoutLeasing() throws Exception {
    gpu.push(Task.of("one", "first").withHeader("color", "blue"));
    gpu.push(Task.of("two", "second").withDelay(Duration.ofHours(1)));
    awaitStats(gpu, new Stats(1, 0, 0, 1, 0));

    assertThat(succeeds("partitions").out()).contains("partition  ready", "gpu        1");
    assertThat(succeeds("partitions", "--json").out())
        .startsWith("{\"partition\":\"gpu\",\"ready\":1,\"outstanding\":0");
    assertThat(succeeds("stats", "gpu").out()).contains("gpu");
    assertThat(succeeds("tasks", "gpu").out()).contains("one", "ready", "two", "delayed", "59m");
    assertThat(succeeds("tasks", "gpu", "--state", "delayed", "--json").out())
        .contains("\"two\"")
        .doesNotContain("\"one\"");
    assertThat(succeeds("tasks", "gpu", "--state", "delayed", "--json").out())
        .matches("(?s).*\"age\":\\d+\\.\\d{3},\"due\":3[56]\\d\\d\\.\\d{3},.*");
    assertThat(succeeds("find", "gpu", "one").out()).contains("first", "color=blue");
    assertThat(run("find", "gpu", "three").code()).isEqualTo(1);
    assertThat(gpu.stats().outstanding()).isZero();
  }

  @Test
  void pushesRemovesPurgesAndDeletes() throws Exception {
    assertThat(succeeds("push", "gpu", "work", "--id", "a").out()).isEqualTo("a\n");
    assertThat(succeeds("push", "gpu", "work", "--id", "a").out()).contains("duplicate");
    succeeds("push", "gpu", "work", "--id", "b");
    assertThat(succeeds("remove", "gpu", "a", "--yes").out()).contains("removed");
    awaitStats(gpu, new Stats(1, 0, 0));
    assertThat(run("delete", "gpu", "--yes").code()).as("it holds a task").isEqualTo(5);
    assertThat(succeeds("purge", "gpu", "--yes").out()).contains("1 tasks removed");
    succeeds("delete", "gpu", "--yes");
    assertThat(succeeds("partitions").out()).contains("(none)");
    assertThat(run("push", "gpu", "work").code()).as("no partition is made").isEqualTo(5);
  }

  @Test
  void managesDeadLetters() throws Exception {
    queue.partition("other");
    makeLetters("a", "b", "c");
    assertThat(succeeds("dead", "list", "gpu").out()).contains("bad a", "bad b", "bad c");
    assertThat(succeeds("dead", "list", "gpu", "--reason", "bad b", "--json").out())
        .contains("\"task\":\"b\"")
        .doesNotContain("\"task\":\"a\"");
    var letters = queue.admin().partition("gpu").deadLetters().list(9);
    assertThat(succeeds("dead", "show", "gpu", letters.get(0).id()).out()).contains("payload of a");
    succeeds("dead", "move", "gpu", letters.get(0).id(), "--to", "other");
    succeeds("dead", "remove", "gpu", letters.get(1).id(), "--yes");
    assertThat(succeeds("dead", "redrive", "gpu", "--yes").out()).contains("1 redriven");
    assertThat(run("dead", "redrive", "gpu", "1").code()).as("there is none").isEqualTo(1);
    awaitStats(gpu, new Stats(1, 0, 0));
    awaitStats(queue.partition("other"), new Stats(1, 0, 0));
  }

  @Test
  void aFilterSelectsTheDeadLettersOfEachChange() throws Exception {
    queue.partition("other");
    makeLetters("a", "b", "c", "d");
    Run unasked = Run.ofProcess(environment(), "", "dead", "remove", "gpu", "--reason", "bad a");
    assertThat(unasked.code()).isEqualTo(1);
    assertThat(unasked.err()).contains("up to 100 dead letters of gpu with reason \"bad a\"?");
    assertThat(succeeds("dead", "remove", "gpu", "--reason", "bad a", "--yes").out())
        .isEqualTo("1 removed\n");
    assertThat(succeeds("dead", "move", "gpu", "--to", "other", "--task", "b", "--yes").out())
        .isEqualTo("1 moved\n");
    String[] none = {"dead", "redrive", "gpu", "--before", "2020-01-01T00:00:00Z", "--yes"};
    assertThat(succeeds(none).out()).isEqualTo("0 redriven\n");
    assertThat(succeeds("dead", "redrive", "gpu", "--limit", "1", "--yes", "--json").out())
        .isEqualTo("{\"redriven\":1}\n");
    awaitStats(gpu, new Stats(1, 0, 1));
    Run both = run("dead", "move", "gpu", "7", "--to", "other", "--reason", "bad");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("either the id of a dead letter or a filter, not both");
    assertThat(run("dead", "move", "gpu", "7").code()).as("no target").isEqualTo(2);
    assertThat(run("dead", "move", "gpu", "--to", "absent", "--yes").code()).isEqualTo(5);
    awaitStats(gpu, new Stats(1, 0, 1));
  }

  /** The test kills its process first, then the server. */
  @Test
  void aKilledRedriveIsContinuedAndStoresEachTaskOnce() throws Exception {
    String[] ids = IntStream.range(0, LETTERS).mapToObj(i -> "t" + i).toArray(String[]::new);
    makeLetters(ids);
    String[] slowly = {"dead", "redrive", "gpu", "--between", "200ms", "--yes"};
    Process redrive = Run.start(environment(), slowly);
    try {
      while (gpu.stats().ready() < 3) {
        assertThat(redrive.isAlive()).isTrue();
      }
    } finally {
      redrive.destroyForcibly().waitFor();
    }
    assertThat(gpu.stats().dead()).as("some letters remain").isPositive();
    server.restart();
    succeeds("dead", "redrive", "gpu", "--yes");
    assertThat(succeeds("dead", "list", "gpu").out()).isEqualTo("(none)\n");
    assertThat(succeeds("tasks", "gpu", "--json").out().lines())
        .extracting(line -> line.replaceAll("\\{\"id\":\"(.+?)\".*", "$1"))
        .containsExactlyInAnyOrder(ids);
  }

  /** A server counts a pushed or redriven task shortly after the confirmation. */
  private static void awaitStats(Partition partition, Stats expected) {
    long until = System.nanoTime() + LIMIT.toNanos();
    while (!partition.stats().equals(expected) && System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
    assertThat(partition.stats()).isEqualTo(expected);
  }

  private void makeLetters(String... ids) throws InterruptedException {
    for (String id : ids) {
      gpu.push(Task.of(id, "payload of " + id));
    }
    try (Puller puller = gpu.puller()) {
      for (int left = ids.length; left > 0; ) {
        for (Delivery delivery : puller.pull(left, WAIT)) {
          delivery.deadLetter("bad " + delivery.taskId());
          left--;
        }
      }
    }
  }

  @Test
  void errorsOfAUserAreOneLine(@TempDir Path folder) throws Exception {
    Run wrong = run("tasks", "a.b");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).startsWith("jetlane: partition name \"a.b\"").doesNotContain("\tat ");
    assertThat(Run.here("nonsense").code()).isEqualTo(2);
    assertThat(Run.here().code()).isEqualTo(2);
    assertThat(Run.here("dead").code()).isEqualTo(2);
    assertThat(run("pause", "gpu", "soon").err()).contains("is not a time like").hasLineCount(2);
    assertThat(Run.here("tasks").err())
        .isEqualTo(
            """
            jetlane: Missing required parameter: 'PARTITION'
            'jetlane tasks --help' shows the usage
            """);
    assertThat(Run.here("partition").err()).contains("Did you mean: jetlane partitions");
    Run absent = run("tasks", "absent");
    assertThat(absent.code()).isEqualTo(5);
    assertThat(absent.err()).contains("there is no partition absent").hasLineCount(1);
    Path context = folder.resolve("context");
    Files.writeString(context, "Nats__Url=nats://user:secret@localhost:1\n");
    Run unreachable = Run.ofProcess(Map.of(), "", "partitions", "--context", context.toString());
    assertThat(unreachable.code()).isEqualTo(7);
    assertThat(unreachable.err()).hasLineCount(1).doesNotContain("secret", "\tat ");
    assertThat(run("partitions", "--context", folder + "/none").code()).isEqualTo(2);
  }

  @Test
  void printsHelpAndACompletionScriptOfAllCommands() {
    assertThat(Run.here("--help").out()).contains("partitions", "dead", "doctor");
    assertThat(Run.here("generate-completion").out()).contains("complete -F", "redrive");
  }

  @Test
  void asksBeforeADeletionAndReadsTheEnvironment() throws Exception {
    gpu.push(Task.of("a", "work"));
    awaitStats(gpu, new Stats(1, 0, 0));
    Run unasked = Run.ofProcess(environment(), "", "remove", "gpu", "a");
    assertThat(unasked.code()).isEqualTo(1);
    assertThat(unasked.err()).contains("nothing was changed");
    awaitStats(gpu, new Stats(1, 0, 0));
    Run confirmed = Run.ofProcess(environment(), "y\n", "remove", "gpu", "a");
    assertThat(confirmed.code()).isZero();
    assertThat(confirmed.out()).isEqualTo("removed\n");
    awaitStats(gpu, new Stats(0, 0, 0));
  }

  @Test
  void readsAContextFileAndRefusesAMisspelledLine(@TempDir Path folder) throws Exception {
    Path context = folder.resolve("context");
    Files.writeString(context, "Nats__Url=" + server.url() + "\nNats__Stream=" + name + "\n");
    String[] look = {"partitions", "--context", context.toString(), "--prefix", name};
    assertThat(Run.here(look).out()).contains("gpu");
    String[] other = {"partitions", "--context", context.toString(), "--stream", "other"};
    assertThat(Run.here(other).out()).as("a flag overrides the file").contains("(none)");
    Files.writeString(context, "Nats_Url=" + server.url());
    Run misspelled = Run.here("partitions", "--context", context.toString());
    assertThat(misspelled.code()).isEqualTo(2);
    assertThat(misspelled.err()).contains("\"Nats_Url\"", "must have the name of a variable");
    Files.writeString(context, "Nats__Strem=other\nNats__Url=" + server.url());
    Run unknown = Run.here("partitions", "--context", context.toString());
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("\"Nats__Strem\"");
  }

  @Test
  void anUnknownVariableOfTheEnvironmentIsIgnoredWithAWarning() throws Exception {
    Map<String, String> variables = Map.of("Nats__Uri", "x", "Nats__Url", server.url());
    Run unknown = Run.ofProcess(variables, "", "partitions");
    assertThat(unknown.err()).contains("unknown environment variable Nats__Uri is ignored");
  }

  /** Other programs replace an argument like @file by the content of the file. */
  @Test
  void anArgumentThatBeginsWithAnAtSignIsItself(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    for (String text : List.of("@@all", "@" + file)) {
      Run push = run("push", "gpu", text);
      assertThat(push.code()).as(push.err()).isZero();
      try (Puller puller = gpu.puller()) {
        Delivery delivery = puller.pull(1, WAIT).get(0);
        assertThat(new String(delivery.payload(), StandardCharsets.UTF_8)).isEqualTo(text);
        delivery.ack();
      }
    }
  }

  /** The exit code of the doctor for a queue without problems; some servers are a problem. */
  private static int healthy() {
    return server.version().matches("2\\.9\\..*|2\\.10\\.(\\d|1[0-57-9]|2[0-5])") ? 1 : 0;
  }

  @Test
  void theDoctorFindsAPartitionWithoutAPuller() {
    assertThat(run("doctor").out()).contains("settings are as configured");
    assertThat(run("doctor").code()).isEqualTo(healthy());
    gpu.push(Task.of("a", "work"));
    awaitStats(gpu, new Stats(1, 0, 0));
    Run sick = run("doctor");
    assertThat(sick.code()).isEqualTo(1);
    assertThat(sick.out())
        .contains("PROBLEM  partition gpu: 1 tasks are ready, none is outstanding");
    assertThat(run("doctor", "--json").out().lines())
        .allMatch(line -> line.startsWith("{\"level\":\"") && line.endsWith("\"}"));
  }

  @Test
  void aWarningCountsForTheDoctorWithStrict() throws Exception {
    gpu.push(Task.of("a", "work"));
    try (Puller puller = gpu.puller()) {
      puller.pull(1, WAIT).get(0).deadLetter("broken");
    }
    assertThat(run("doctor").code()).isEqualTo(healthy());
    assertThat(run("doctor", "--strict").code()).isEqualTo(1);
  }

  @Test
  void aWatchSurvivesARestartOfTheServer() throws Exception {
    gpu.push(Task.of("one", "first"));
    String[] often = {"stats", "gpu", "--watch", "--every", "200ms", "--timeout", "1s"};
    Process watch = Run.start(environment(), often);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(watch.getInputStream(), StandardCharsets.UTF_8))) {
      awaitLine(lines, "gpu ");
      server.restart();
      gpu.push(Task.of("two", "second"));
      awaitLine(lines, "gpu +2 .*");
      assertThat(watch.isAlive()).isTrue();
    } finally {
      watch.destroyForcibly();
    }
  }

  /** The time limit of the test ends the wait. */
  private static void awaitLine(BufferedReader lines, String pattern) throws Exception {
    String line = lines.readLine();
    while (line != null && !line.startsWith(pattern) && !line.matches(pattern)) {
      line = lines.readLine();
    }
    assertThat(line).isNotNull();
  }
}
