package dev.jetlane.cli;

import dev.jetlane.InvalidInputException;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The queue that a command is for. What a flag says comes before the environment, and that before
 * the context file, which has lines such as {@code Nats__Url=nats://localhost:4222}: the variables
 * of the library.
 */
final class Target {

  @Option(names = "--url", paramLabel = "URL", description = "Servers, separated by commas.")
  @Nullable String url;

  @Option(names = "--stream", paramLabel = "NAME", description = "The stream of the queue.")
  @Nullable String stream;

  @Option(names = "--prefix", paramLabel = "SUBJECT", description = "What its subjects start with.")
  @Nullable String prefix;

  @Option(names = "--armonik", description = "The queue of ArmoniK's adapter.")
  boolean armonik;

  @Option(names = "--creds", paramLabel = "FILE", description = "Credentials file.")
  @Nullable Path creds;

  @Option(names = "--nkey", paramLabel = "FILE", description = "File with an nkey seed.")
  @Nullable Path nkey;

  @Option(
      names = "--context",
      paramLabel = "FILE",
      defaultValue = "${env:JETLANE_CONTEXT}",
      description = {
        "File with the library's environment variables, one a line.",
        "Default: the variable JETLANE_CONTEXT."
      })
  @Nullable Path context;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "Of one exchange, such as 500ms, 5s, 2m. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(5);

  /** The options, for what does not change the queue's settings. */
  NatsOptions options() {
    NatsOptions options = armonik ? NatsOptions.armonik() : NatsOptions.defaults();
    options = options.withEnvironment(variables());
    if (url != null) {
      options = options.withUrl(url);
    }
    if (stream != null) {
      options = options.withStream(stream);
    }
    if (prefix != null) {
      options = options.withSubjectPrefix(prefix);
    }
    if (creds != null) {
      options = options.withCredentialsFile(creds);
    }
    if (nkey != null) {
      options = options.withNkeyFile(nkey);
    }
    return options
        .withRequestTimeout(timeout)
        .withConnectionName("jetlane-cli")
        .withProvisioning(NatsOptions.Provisioning.NONE);
  }

  TaskQueue connect() {
    return NatsQueues.connect(options());
  }

  private Map<String, String> variables() {
    Map<String, String> all = new HashMap<>();
    Path file = context;
    if (file != null && !file.toString().isEmpty()) {
      Properties lines = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        lines.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new InvalidInputException("context file", file.toString(), "must be readable");
      }
      lines.forEach((name, value) -> all.put((String) name, (String) value));
    }
    all.putAll(System.getenv());
    return all;
  }

  /** Does something with one partition. */
  interface Use {
    int of(PartitionAdmin partition) throws InterruptedException;
  }

  int with(String partition, Use use) throws InterruptedException {
    try (TaskQueue queue = connect()) {
      return use.of(queue.admin().partition(partition));
    }
  }
}
