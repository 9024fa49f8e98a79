// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.NatsOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code jetlane.*}. A property that is not set keeps the default of {@link
 * NatsOptions} and {@link QueueConfig}, whose rules each value must obey.
 *
 * @param url one or more URLs of nats-servers, separated by commas; nats://localhost:4222 by
 *     default
 * @param user user name
 * @param password password of the user
 * @param token token, instead of a user
 * @param credentialsFile file with a JWT and the seed of its nkey
 * @param nkeyFile file with the seed of an nkey
 * @param sslBundle name of the SSL bundle for TLS
 * @param connectionName name of the connection on the server; spring.application.name by default
 * @param inboxPrefix prefix of the subjects of replies
 * @param domain JetStream domain, such as that of the hub of a leaf node
 * @param apiPrefix subject prefix under which the account imports the JetStream API, instead of a
 *     domain
 * @param stream stream that holds the tasks
 * @param subjectPrefix prefix of the subjects of the partitions; the name of the stream by default
 * @param streams number of streams that the partitions are spread over
 * @param replicas number of copies of each stream
 * @param storage storage of the streams: file or memory
 * @param maxBytes storage limit of each stream
 * @param provisioning whether opening a partition creates or checks streams and consumers
 * @param driftPolicy the response to different settings on the server
 * @param lease how long a delivery belongs to its holder
 * @param dedupWindow how long a task id is remembered
 * @param maxDeliveries how often a task is delivered before it becomes a dead letter
 * @param maxOutstanding how many tasks of a partition may be delivered and not settled
 * @param maxTasks how many tasks a partition holds before it refuses pushes
 * @param maxPayload largest payload
 * @param priorities how many priorities tasks may have
 * @param requestTimeout time limit of a call, including all its exchanges with the server
 * @param connectTimeout time limit of a connect to one server
 * @param connectPatience how long the start of the application waits for a server that cannot be
 *     reached
 * @param partitions partitions that become beans of type Partition, qualified by their names
 * @param worker defaults of the methods with TaskListener
 */
@ConfigurationProperties("jetlane")
public record JetlaneProperties(
    @Nullable String url,
    @Nullable String user,
    @Nullable String password,
    @Nullable String token,
    @Nullable Path credentialsFile,
    @Nullable Path nkeyFile,
    @Nullable String sslBundle,
    @Nullable String connectionName,
    @Nullable String inboxPrefix,
    @Nullable String domain,
    @Nullable String apiPrefix,
    @Nullable String stream,
    @Nullable String subjectPrefix,
    @Nullable Integer streams,
    @Nullable Integer replicas,
    NatsOptions.@Nullable Storage storage,
    @Nullable DataSize maxBytes,
    NatsOptions.@Nullable Provisioning provisioning,
    NatsOptions.@Nullable DriftPolicy driftPolicy,
    @Nullable Duration lease,
    @Nullable Duration dedupWindow,
    @Nullable Integer maxDeliveries,
    @Nullable Integer maxOutstanding,
    @Nullable Integer maxTasks,
    @Nullable DataSize maxPayload,
    @Nullable Integer priorities,
    @Nullable Duration requestTimeout,
    @Nullable Duration connectTimeout,
    @DefaultValue("60s") Duration connectPatience,
    @DefaultValue List<String> partitions,
    @DefaultValue Worker worker) {

  /**
   * The properties {@code jetlane.worker.*}.
   *
   * @param concurrency how many tasks of a listener run at the same time
   * @param keepLeaseFor how long the lease of a running task is kept
   * @param drainTimeout how long a shutdown waits for running listeners; shorter than
   *     spring.lifecycle.timeout-per-shutdown-phase
   * @param autoStartup whether listeners start with the application
   */
  public record Worker(
      @DefaultValue("1") int concurrency,
      @DefaultValue("12h") Duration keepLeaseFor,
      @DefaultValue("25s") Duration drainTimeout,
      @DefaultValue("true") boolean autoStartup) {

    /**
     * Checks the values, which {@link TaskListener} reads as texts.
     *
     * @param concurrency at least 1
     * @param keepLeaseFor positive
     * @param drainTimeout not negative
     * @param autoStartup either value
     * @throws InvalidConfigurationPropertyValueException if a value breaks its rule
     */
    public Worker {
      var unused =
          new Chain<>(WorkerOptions.defaults())
              .set("worker.concurrency", concurrency, (worker, n) -> worker.withConcurrency(n))
              .set(
                  "worker.keep-lease-for", keepLeaseFor, (worker, time) -> worker.withKeepFor(time))
              .set(
                  "worker.drain-timeout",
                  drainTimeout,
                  (worker, time) -> worker.withCloseDeadline(time));
    }
  }

  /**
   * Returns the settings of the queue that these properties describe.
   *
   * @return the defaults with the properties that are set
   * @throws InvalidConfigurationPropertyValueException if a value breaks its rule
   */
  public QueueConfig queueConfig() {
    return new Chain<>(QueueConfig.defaults())
        .set("lease", lease, (config, value) -> config.withLease(value))
        .set("dedup-window", dedupWindow, (config, value) -> config.withDedupWindow(value))
        .set("max-deliveries", maxDeliveries, (config, value) -> config.withMaxDeliveries(value))
        .set("max-outstanding", maxOutstanding, (config, value) -> config.withMaxOutstanding(value))
        .set("max-tasks", maxTasks, (config, value) -> config.withMaxTasks(value))
        .set(
            "max-payload",
            maxPayload,
            (config, value) ->
                config.withMaxPayloadBytes((int) Math.min(value.toBytes(), Integer.MAX_VALUE)))
        .set("priorities", priorities, (config, value) -> config.withPriorities(value))
        .value;
  }

  /**
   * Returns the options of the client that these properties describe.
   *
   * @return the defaults with the properties that are set
   * @throws InvalidConfigurationPropertyValueException if a value breaks its rule
   */
  public NatsOptions natsOptions() {
    return new Chain<>(NatsOptions.defaults().withQueue(queueConfig()))
        .set("url", url, (options, value) -> options.withUrl(value))
        .set("user", user, (options, value) -> options.withUser(value, secret(password)))
        .set("password", user == null ? password : null, (options, alone) -> refusePassword())
        .set("token", token, (options, value) -> options.withToken(value.toCharArray()))
        .set(
            "credentials-file",
            credentialsFile,
            (options, value) -> options.withCredentialsFile(value))
        .set("nkey-file", nkeyFile, (options, value) -> options.withNkeyFile(value))
        .set(
            "connection-name",
            connectionName,
            (options, value) -> options.withConnectionName(value))
        .set("inbox-prefix", inboxPrefix, (options, value) -> options.withInboxPrefix(value))
        .set("domain", domain, (options, value) -> options.withDomain(value))
        .set("api-prefix", apiPrefix, (options, value) -> options.withApiPrefix(value))
        .set("stream", stream, (options, value) -> options.withStream(value))
        .set(
            "subject-prefix",
            subjectPrefix == null ? stream : subjectPrefix,
            (options, value) -> options.withSubjectPrefix(value))
        .set("streams", streams, (options, value) -> options.withStreams(value))
        .set("replicas", replicas, (options, value) -> options.withReplicas(value))
        .set("storage", storage, (options, value) -> options.withStorage(value))
        .set("max-bytes", maxBytes, (options, value) -> options.withMaxBytes(value.toBytes()))
        .set("provisioning", provisioning, (options, value) -> options.withProvisioning(value))
        .set("drift-policy", driftPolicy, (options, value) -> options.withDriftPolicy(value))
        .set(
            "request-timeout",
            requestTimeout,
            (options, value) -> options.withRequestTimeout(value))
        .set(
            "connect-timeout",
            connectTimeout,
            (options, value) -> options.withConnectTimeout(value))
        .set(
            "connect-patience",
            connectPatience,
            (options, value) -> options.withConnectPatience(value))
        .value;
  }

  private static char[] secret(@Nullable String password) {
    return password == null ? new char[0] : password.toCharArray();
  }

  private static NatsOptions refusePassword() {
    throw new InvalidInputException("password", "(not shown)", "must come with jetlane.user");
  }

  /** Contains no secret. */
  @Override
  public String toString() {
    return "JetlaneProperties[stream " + stream + ", partitions " + partitions + "]";
  }

  /** Sets options one after the other. The exception for an invalid value names the property. */
  private static final class Chain<T> {

    /** The properties whose values must not appear in messages. */
    private static final Set<String> SECRETS = Set.of("url", "user", "password", "token");

    private T value;

    Chain(T value) {
      this.value = value;
    }

    <V> Chain<T> set(String property, @Nullable V given, Change<T, V> change) {
      if (given != null) {
        try {
          value = change.apply(value, given);
        } catch (InvalidInputException e) {
          throw new InvalidConfigurationPropertyValueException(
              "jetlane." + property, SECRETS.contains(property) ? null : given, e.rule());
        }
      }
      return this;
    }
  }

  private interface Change<T, V> {
    T apply(T options, V value);
  }
}
