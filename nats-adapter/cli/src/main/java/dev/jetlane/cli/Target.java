// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.InvalidInputException;
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
 * Selects the queue of a command. A flag overrides an environment variable, which overrides a line
 * of the context file, such as {@code Nats__Url=nats://localhost:4222}. Both have the variables of
 * {@link NatsOptions#withEnvironment}.
 */
final class Target {

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "URLs of servers, separated by commas.")
  @Nullable String url;

  @Option(names = "--stream", paramLabel = "NAME", description = "The stream of the queue.")
  @Nullable String stream;

  @Option(names = "--prefix", paramLabel = "SUBJECT", description = "The subject prefix.")
  @Nullable String prefix;

  @Option(names = "--armonik", description = "The queue belongs to ArmoniK.")
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
        "File with environment variables of the library, one per line.",
        "Default: the variable JETLANE_CONTEXT."
      })
  @Nullable Path context;

  @Option(
      names = "--inbox-prefix",
      paramLabel = "SUBJECT",
      description = "The prefix of the subjects on which the user may receive replies.")
  @Nullable String inboxPrefix;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "The time limit of one call, such as 500ms, 5s, 2m.")
  @Nullable Duration timeout;

  /** Returns the options, which neither create nor change streams and consumers. */
  NatsOptions options() {
    NatsOptions options = armonik ? NatsOptions.armonik() : NatsOptions.defaults();
    options = options.withConnectionName("jetlane-cli").withEnvironment(variables());
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
    if (inboxPrefix != null) {
      options = options.withInboxPrefix(inboxPrefix);
    }
    if (timeout != null) {
      options = options.withRequestTimeout(timeout);
    }
    return options.withProvisioning(NatsOptions.Provisioning.NONE);
  }

  TaskQueue connect() {
    return NatsQueues.connect(options());
  }

  private Map<String, String> variables() {
    Map<String, String> all = new HashMap<>();
    Path file = context;
    if (file != null && !file.toString().isEmpty()) {
      lines(file).forEach((name, value) -> all.put((String) name, (String) value));
    }
    all.putAll(System.getenv());
    return all;
  }

  /**
   * Reads the variables of a file. Refuses unknown names, because a misspelled one would select
   * another queue.
   */
  private static Properties lines(Path file) {
    Properties lines = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      lines.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidInputException("context file", file.toString(), "must be readable");
    }
    for (String name : lines.stringPropertyNames()) {
      if (!NatsOptions.environmentVariables().contains(name)) {
        throw new InvalidInputException(
            "line of the context file",
            name,
            "must have the name of a variable, such as Nats__Url");
      }
    }
    return lines;
  }
}
