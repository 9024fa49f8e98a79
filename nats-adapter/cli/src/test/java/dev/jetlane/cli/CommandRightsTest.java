// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The permissions of each command in {@code docs/permissions.conf}: a user with exactly these can
 * run it, and a user who lacks one gets an error that names it.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(240)
class CommandRightsTest {

  private static final Pattern RIGHTS = Pattern.compile(" +#   ([a-z -]+): (.+)");
  private static final String API = "$JS.API.";
  private static final String SAME = "those of ";
  private static final String SUBSCRIBE = "subscribe ";
  private static final String DOCTOR = "doctor";
  private static final String MOVE = "move-streams";
  private static final String READY = "READY";
  private static final String LATER = "LATER";
  private static final String LETTER = "LETTER";

  private static final Map<String, List<String>> COMMANDS = commands();

  private final Map<String, Rights> rights = rights();
  private int runs;

  private static Map<String, List<String>> commands() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put("partitions", List.of("partitions"));
    all.put("stats", List.of("stats", "gpu"));
    all.put("tasks", List.of("tasks", "gpu"));
    all.put("find", List.of("find", "gpu", READY));
    all.put("remove", List.of("remove", "gpu", READY, "--yes"));
    all.put("remove a delayed task", List.of("remove", "gpu", LATER, "--yes"));
    all.put("push", List.of("push", "gpu", "work"));
    all.put("push with a delay", List.of("push", "gpu", "work", "--delay", "1h"));
    all.put("purge", List.of("purge", "gpu", "--yes"));
    all.put("delete", List.of("delete", "gpu", "--with-tasks", "--yes"));
    all.put("pause", List.of("pause", "gpu", "1h"));
    all.put("resume", List.of("resume", "gpu"));
    all.put("dead list", List.of("dead", "list", "gpu"));
    all.put("dead show", List.of("dead", "show", "gpu", LETTER));
    all.put("dead remove", List.of("dead", "remove", "gpu", LETTER, "--yes"));
    all.put("dead redrive", List.of("dead", "redrive", "gpu", LETTER));
    all.put("dead move", List.of("dead", "move", "gpu", LETTER, "--to", "cpu"));
    all.put(DOCTOR, List.of(DOCTOR));
    all.put("doctor --listen", List.of(DOCTOR, "--listen", "50ms"));
    all.put(MOVE, List.of(MOVE, "2", "--yes"));
    return all;
  }

  /**
   * The subjects of a command.
   *
   * @param all all permissions that it needs
   * @param own the permissions that no other command needs
   */
  private record Rights(Set<String> all, Set<String> own) {}

  /** The permissions of each command, as the file lists them. */
  private static Map<String, Rights> rights() {
    Path file =
        Path.of(System.getProperty("jetlane.root"), "nats-adapter", "docs", "permissions.conf");
    Map<String, Rights> rights = new LinkedHashMap<>();
    for (String line : readLines(file)) {
      Matcher found = RIGHTS.matcher(line);
      if (found.matches()) {
        Set<String> all = new TreeSet<>();
        Set<String> own = new TreeSet<>();
        for (String item : found.group(2).split(", ", -1)) {
          if (item.startsWith(SAME)) {
            all.addAll(of(rights, item.substring(SAME.length())).all);
          } else {
            own.add(item.matches("(jetlane|\\$|subscribe ).*") ? item : API + item);
          }
        }
        all.addAll(own);
        rights.put(found.group(1), new Rights(all, own));
      }
    }
    return rights;
  }

  private static <T> T of(Map<String, T> all, String name) {
    return Objects.requireNonNull(all.get(name), name);
  }

  private static List<String> readLines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void eachCommandIsInTheFile() {
    assertThat(rights.keySet()).isEqualTo(COMMANDS.keySet());
  }

  @Test
  void eachCommandNeedsExactlyItsPermissions() throws Exception {
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(users()))) {
      List<String> wrong = new ArrayList<>();
      for (String command : COMMANDS.keySet()) {
        Run permitted = run(server, command, command);
        if (!done(permitted, command, server)) {
          wrong.add(command + " with its rights: " + permitted);
        }
        for (String right : of(rights, command).own) {
          Run lacking = run(server, command, user(command, right));
          if (!names(lacking, command, right, server)) {
            wrong.add(command + " without " + right + ": " + lacking);
          }
        }
      }
      assertThat(wrong).isEmpty();
    }
  }

  private static boolean done(Run run, String command, NatsServer server) {
    if (command.startsWith(DOCTOR)) {
      return run.code() == 1
          && unseen(run).stream().noneMatch(line -> line.contains("does not permit"));
    }
    return run.code() == (cannotPause(command, server) ? 5 : 0);
  }

  /** An error names a denied subject as it was sent, without the wildcards of the permission. */
  private static boolean names(Run run, String command, String right, NatsServer server) {
    String sent =
        right.replace(SUBSCRIBE, "").replace(".", "\\.").replace("$", "\\$").replace("*", "[^ .]+");
    Pattern denied = Pattern.compile("(?s).*" + sent.replace(">", ".+") + "(?!\\w).*");
    if (command.startsWith(DOCTOR)) {
      return run.code() <= 1 && unseen(run).stream().anyMatch(denied.asMatchPredicate());
    }
    boolean first = cannotPause(command, server) && right.contains("PAUSE");
    return first || (run.code() == 4 && denied.matcher(run.err()).matches());
  }

  private static List<String> unseen(Run run) {
    return run.out().lines().filter(line -> line.startsWith("UNSEEN")).toList();
  }

  private static boolean cannotPause(String command, NatsServer server) {
    return (command.equals("pause") || command.equals("resume"))
        && server.version().matches("2\\.(9|10)\\..*");
  }

  private Run run(NatsServer server, String command, String user) throws Exception {
    Map<String, String> ids;
    // A new client, because an older one does not know that the last command deleted a partition.
    NatsOptions options =
        NatsOptions.defaults()
            .withUrl(url(server, "everything"))
            .withRequestTimeout(Duration.ofSeconds(60));
    if (command.equals(MOVE)) {
      deleteStreams(url(server, "everything"));
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      ids = fill(queue);
    }
    List<String> arguments = new ArrayList<>();
    of(COMMANDS, command).forEach(each -> arguments.add(ids.getOrDefault(each, each)));
    arguments.addAll(List.of("--url", url(server, user.replaceAll("\\W", "_"))));
    arguments.addAll(List.of("--inbox-prefix", "_INBOX_operator"));
    return Run.here(arguments.toArray(String[]::new));
  }

  /** An earlier move may have ended at any step. */
  private static void deleteStreams(String url) throws Exception {
    try (Connection nc = Jnats.connect(url)) {
      for (String stream : nc.jetStreamManagement().getStreamNames()) {
        assertThat(nc.jetStreamManagement().deleteStream(stream)).isTrue();
      }
    }
  }

  /** Stores a ready task, a delayed one, and a dead letter; returns their ids. */
  private Map<String, String> fill(TaskQueue queue) throws Exception {
    queue.partition("cpu");
    Partition gpu = queue.partition("gpu");
    PartitionAdmin admin = queue.admin().partition("gpu");
    if (admin.summary().pausedFor().isPresent()) {
      admin.resume();
    }
    admin.purge();
    runs++;
    gpu.push(Task.of("dead" + runs, ""));
    try (Puller puller = gpu.puller()) {
      for (Delivery delivery : puller.pull(1, Duration.ofSeconds(10))) {
        delivery.deadLetter("broken");
      }
    }
    gpu.push(Task.of("ready" + runs, ""));
    gpu.push(Task.of("later" + runs, "").withDelay(Duration.ofHours(1)));
    String letter = gpu.deadLetters().list(1).get(0).id();
    return Map.of(READY, "ready" + runs, LATER, "later" + runs, LETTER, letter);
  }

  private String users() {
    StringBuilder users = new StringBuilder("{ user: everything, password: p }\n");
    rights.forEach(
        (command, needed) -> {
          users.append(user(command, needed.all));
          for (String right : needed.own) {
            Set<String> others = new TreeSet<>(needed.all);
            others.remove(right);
            users.append(user(user(command, right), others));
          }
        });
    return "authorization { users = [\n" + users + "] }\n";
  }

  private static String user(String command, String lacking) {
    return command + " without " + lacking;
  }

  private static String user(String name, Set<String> rights) {
    List<String> publish = new ArrayList<>();
    List<String> subscribe = new ArrayList<>(List.of("\"_INBOX_operator.>\""));
    for (String right : rights) {
      boolean listens = right.startsWith(SUBSCRIBE);
      (listens ? subscribe : publish).add('"' + right.replace(SUBSCRIBE, "") + '"');
    }
    return "{ user: %s, password: p, permissions: { publish: %s, subscribe: %s } }%n"
        .formatted(name.replaceAll("\\W", "_"), publish, subscribe);
  }

  private static String url(NatsServer server, String user) {
    return server.url().replace("nats://", "nats://" + user + ":p@");
  }
}
