// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.client.Queues;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.doctor.Examination;
import dev.jetlane.nats.doctor.FailureWatch;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.operate.StreamMigration;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.HostVerification;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Opens queues on a nats-server with JetStream. Thread-safe.
 *
 * <pre>{@code
 * try (TaskQueue queue = NatsQueues.connect(NatsOptions.defaults().withUrl(url))) {
 *   queue.partition("gpu").push(Task.of("task-42", payload));
 * }
 * }</pre>
 */
public final class NatsQueues {

  /**
   * The number of bytes that Jetlane's headers, names and protocol add to a payload and the headers
   * of its task.
   */
  static final int OVERHEAD_BYTES = 28 * 1024;

  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);
  private static final int MAX_LINE_BYTES = 16 * 1024;
  private static final int MAX_PINGS_OUT = 4;

  private NatsQueues() {}

  /**
   * Connects to a server and opens a queue. The connection belongs to the queue and is closed with
   * it. A lost connection is restored automatically, without a time limit. The threads of the queue
   * keep the JVM alive until the queue is closed.
   *
   * <p>Blocks for at most the connect timeout per server. With {@link
   * NatsOptions#withConnectPatience} it tries again for that time while no server can be reached.
   * An interrupt ends the wait.
   *
   * @param options the options of the queue
   * @return the queue, which the caller closes
   * @throws QueueUnavailableException if no server can be reached; the message has the reason:
   *     connection refused, unknown host, no answer in time, TLS, or not a nats-server
   * @throws QueueRejectedException if the server refuses messages of {@link
   *     dev.jetlane.QueueConfig#maxPayloadBytes} plus {@value #OVERHEAD_BYTES} bytes of headers
   * @throws PermissionDeniedException if the server refuses the credentials
   * @throws InvalidInputException if a credentials file cannot be read
   */
  public static TaskQueue connect(NatsOptions options) {
    OptionChecks.requirePresent("options", options);
    return PatientConnect.within(options.connectPatience(), () -> connectOnce(options));
  }

  private static TaskQueue connectOnce(NatsOptions options) {
    Wire wire = new Wire();
    Connection nc = open(options, wire);
    wire.bind(nc);
    try {
      return open(wire, options, true);
    } catch (RuntimeException e) {
      wire.release();
      close(nc);
      throw e;
    }
  }

  /**
   * Opens a queue on a connection that belongs to the caller: closing the queue leaves it open.
   * Settings of the connection among the options (URL, credentials, connect timeout, inbox prefix,
   * connection name) are not used.
   *
   * <p>Recommended settings of such a connection: no limit on reconnects, no reconnect buffer, a
   * ping every 10 s. With a buffer, an ack or nak that is written while the connection is down is
   * sent after the reconnect, when its lease may have expired. A callback executor of the caller
   * must run the events of the connection in their order, as that of jnats does; otherwise pulls
   * may stop after a reconnect.
   *
   * @param connection an open connection
   * @param options the options of the queue
   * @return the queue, which the caller closes
   * @throws QueueUnavailableException as for {@link #connect}
   * @throws QueueRejectedException as for {@link #connect}
   */
  public static TaskQueue over(Connection connection, NatsOptions options) {
    OptionChecks.requirePresent("connection", connection);
    OptionChecks.requirePresent("options", options);
    Wire wire = new Wire();
    wire.bind(connection);
    connection.addConnectionListener(wire.monitor());
    try {
      return open(wire, options, false);
    } catch (RuntimeException e) {
      connection.removeConnectionListener(wire.monitor());
      throw e;
    }
  }

  /**
   * Moves a queue from one stream to the number of {@link NatsOptions#withStreams}. An
   * administrator does this once, after producers and workers were stopped. No task is lost, even
   * if the move is interrupted, fails or is killed: run it again to continue. Until it has
   * finished, opening a partition throws {@link dev.jetlane.ConfigDriftException} with any number
   * of streams, and a push by a running client throws {@link QueueUnavailableException} and stores
   * nothing.
   *
   * <p>A task under a lease or a delayed nak is moved when that ends. Attempts restart at 1. The
   * new streams do not know the ids of settled tasks: wait for a dedup window before the first
   * push.
   *
   * <p>Blocks until all available tasks are moved, and then waits for the others for about {@code
   * patience}.
   *
   * @param options the options with the new number of streams
   * @param patience the wait for leases, from zero; if the workers are stopped and no delayed naks
   *     are pending, slightly more than the lease is enough
   * @return the number of moved tasks; zero if there was nothing to move
   * @throws InvalidInputException if the new number of streams is one, or the patience is negative
   *     or above {@link dev.jetlane.Limits#MAX_WAIT}
   * @throws QueueUnavailableException if the queue does not exist or cannot be reached; the move
   *     has not begun
   * @throws dev.jetlane.OutcomeUnknownException if the move has begun and not finished, because
   *     workers still hold tasks, a partition was paused meanwhile, or the queue cannot be reached
   *     any more; run it again
   * @throws dev.jetlane.QueueRejectedException if a partition is paused; the move has not begun
   * @throws dev.jetlane.ConfigDriftException if the queue has more than one stream already, or
   *     other settings
   * @throws PermissionDeniedException if this client may not change streams and consumers
   * @throws InterruptedException if the thread is interrupted; run it again
   */
  public static long spread(NatsOptions options, Duration patience) throws InterruptedException {
    OptionChecks.requirePresent("options", options);
    Limits.checkWait(patience);
    if (options.streams() == 1) {
      throw new InvalidInputException("streams", 1, "must be from 2 to move a queue");
    }
    Wire wire = new Wire();
    Connection nc = open(options, wire);
    wire.bind(nc);
    Session session = new Session(options.settings(), wire, DriverEvents.none());
    try {
      return new StreamMigration(session, options.provisioningTerms(), patience).run();
    } finally {
      wire.monitor().markClosed();
      session.close();
      close(nc);
    }
  }

  /**
   * Reports the problems of a queue on a server: known defects of the server's version, limits that
   * are nearly reached or smaller than the settings, streams and consumers with other settings than
   * these options, foreign consumers, overlapping subjects of streams, too few or outdated
   * replicas, differing clocks, partitions without a puller or without progress, dead letters by
   * reason, and the roles of {@code docs/permissions.conf} whose rights this user has. Changes
   * nothing. A finding names each right that this user lacks.
   *
   * <p>Blocks for at most the connect timeout per server, and the request timeout for each topic.
   * It reads up to 1,000 dead letters of each partition that has any, one exchange each.
   *
   * @param options the options of the queue, as in its application
   * @return the findings, in the order of the checks
   * @throws QueueUnavailableException if no server can be reached
   * @throws PermissionDeniedException if the server refuses the credentials
   * @throws InvalidInputException if a credentials file cannot be read
   */
  public static List<Finding> examine(NatsOptions options) {
    OptionChecks.requirePresent("options", options);
    return examination(options, null);
  }

  /**
   * Like {@link #examine(NatsOptions)}, and also asks the monitoring port of the server for its
   * sync interval. A port that does not answer is a finding.
   *
   * @param options the options of the queue, as in its application
   * @param monitoring the address of the port, such as {@code http://localhost:8222}
   * @return the findings, in the order of the checks
   * @throws InvalidInputException if the address is not an HTTP one, or a credentials file cannot
   *     be read
   */
  public static List<Finding> examine(NatsOptions options, URI monitoring) {
    OptionChecks.requirePresent("options", options);
    OptionChecks.requirePresent("address of the monitoring port", monitoring);
    if (!("" + monitoring.getScheme()).matches("https?") || monitoring.getHost() == null) {
      throw new InvalidInputException(
          "address of the monitoring port",
          ServerUrls.withoutSecret(monitoring.toString()),
          "must be like http://localhost:8222");
    }
    return examination(options, monitoring);
  }

  /**
   * Listens to naks of all clients for a time, and reports each task whose last or second-to-last
   * attempt ends with one: its id, the attempt, and the limit. An exception of a handler and the
   * close of an unsettled delivery are naks too. An attempt whose lease expires is not detected.
   * Reports at most 1,000 tasks, and only those that are still stored at the end. Changes nothing.
   *
   * <p>Blocks for this time, and in addition for at most the connect timeout per server and one
   * exchange per reported task.
   *
   * @param options the options of the queue, as in its application, in the account and domain that
   *     this client is connected to
   * @param time the duration, from 50 ms to 10 minutes
   * @return the findings; if this user may not listen, one that names the right
   * @throws QueueUnavailableException if no server can be reached, or the thread is interrupted
   * @throws PermissionDeniedException if the server refuses the credentials
   * @throws InvalidInputException if the time is out of range, or a credentials file cannot be read
   */
  public static List<Finding> listenForFailures(NatsOptions options, Duration time) {
    OptionChecks.requirePresent("options", options);
    OptionChecks.requireTimeout("time to listen", time);
    return findings(options, (session, report) -> new FailureWatch(session).report(time, report));
  }

  private static List<Finding> examination(NatsOptions options, @Nullable URI monitoring) {
    NatsOptions looking =
        options
            .withProvisioning(NatsOptions.Provisioning.VERIFY)
            .withDriftPolicy(NatsOptions.DriftPolicy.FAIL);
    return findings(
        looking,
        (session, report) -> {
          String tooSmall = NatsDriver.tooSmall(looking.settings(), session.monitor);
          if (tooSmall != null) {
            report.add(
                Examination.Level.PROBLEM,
                "server",
                tooSmall,
                "raise max_payload of the server, or lower maxPayloadBytes of the queue");
          }
          new Examination(session, looking.provisioningTerms(), report).run(monitoring);
        });
  }

  private static List<Finding> findings(
      NatsOptions options, BiConsumer<Session, Examination.Report> look) {
    List<Finding> findings = new ArrayList<>();
    Wire wire = new Wire();
    Connection nc = open(options, wire);
    wire.bind(nc);
    Session session = new Session(options.settings(), wire, DriverEvents.none());
    try {
      look.accept(
          session,
          (level, topic, evidence, advice) ->
              findings.add(
                  new Finding(Finding.Level.valueOf(level.name()), topic, evidence, advice)));
      return findings;
    } finally {
      wire.monitor().markClosed();
      session.close();
      close(nc);
    }
  }

  private static TaskQueue open(Wire wire, NatsOptions options, boolean owns) {
    String tooSmall = NatsDriver.tooSmall(options.settings(), wire.monitor());
    if (tooSmall != null) {
      throw new QueueRejectedException(tooSmall, null);
    }
    try {
      return Queues.open(
          options.queue(),
          options.listeners(),
          events -> {
            Session session = new Session(options.settings(), wire, events);
            requireJetStream(session, options.provisioningTerms());
            return new NatsDriver(session, options.provisioningTerms(), owns);
          });
    } catch (IllegalStateException e) {
      throw new QueueUnavailableException("the connection is closed", e);
    }
  }

  /** Detects a wrong domain or import at connect instead of at the first call. */
  private static void requireJetStream(Session session, ProvisioningTerms terms) {
    QueueLayout layout = session.settings.layout();
    if (!terms.checks() || layout.apiPrefix().equals(QueueLayout.OWN_API)) {
      return;
    }
    try {
      session.api.requireAnswer(layout.stream(), session.deadlineNanos());
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static Connection open(NatsOptions options, Wire wire) {
    try {
      return Nats.connect(jnatsOptions(options, wire));
    } catch (AuthenticationException e) {
      throw new PermissionDeniedException(
          "connect to "
              + options.urls()
              + ": the server refuses the credentials ("
              + options.credentials()
              + ")",
          null);
    } catch (IOException e) {
      throw wire.connectFailures().wasInterrupted()
          ? interrupted(options, null)
          : failed(options, wire, e);
    } catch (InterruptedException e) {
      throw interrupted(options, e);
    }
  }

  private static TaskQueueException interrupted(
      NatsOptions options, @Nullable InterruptedException e) {
    Thread.currentThread().interrupt();
    return new QueueUnavailableException("connect to " + options.urls() + ": interrupted", e);
  }

  /** Returns the error without its cause, because the text of jnats may quote secrets. */
  private static TaskQueueException failed(NatsOptions options, Wire wire, IOException e) {
    String why = wire.connectFailures().text();
    return new QueueUnavailableException(
        "connect to "
            + options.urls()
            + ": no server can be reached ("
            + (why.isEmpty() ? e.getClass().getSimpleName() : why)
            + ")",
        null);
  }

  static Options jnatsOptions(NatsOptions options, Wire wire) throws IOException {
    Options.Builder builder =
        Options.builder()
            .servers(options.urls().withoutSecrets().toArray(String[]::new))
            .connectionName(options.connectionName())
            .inboxPrefix(options.inboxPrefix())
            .connectionTimeout(options.connectTimeout())
            // By default jnats gives up after 60 tries, and the queue would need a restart.
            .maxReconnects(-1)
            .reconnectDelayHandler(rounds -> wire.reconnectWait())
            // A message that cannot be sent now must fail now; its sender decides whether to try
            // again.
            .reconnectBufferSize(0)
            // A half-open connection is detected within half a minute; by default it takes four to
            // six. Flushes count as pings, so the default of two pings cuts healthy connections.
            .pingInterval(PING_INTERVAL)
            .maxPingsOut(MAX_PINGS_OUT)
            // Other clients may store delayed tasks on subjects as long as a line may be, and the
            // reply subject comes in addition.
            .maxControlLine(MAX_LINE_BYTES)
            .connectionListener(wire.monitor())
            .errorListener(wire);
    SSLContext tls = options.sslContext();
    if (tls == null && options.urls().withoutSecrets().stream().anyMatch(ServerUrls::isSecure)) {
      tls = defaultTls();
    }
    if (tls != null) {
      builder.sslContext(HostVerification.with(tls));
    }
    if (isVisibleToJnats(NatsDataPort.class)) {
      builder.dataPortType(NatsDataPort.class.getName());
    }
    options.credentials().applyTo(builder);
    return builder.build();
  }

  /**
   * Returns whether jnats can load a class by its name. Otherwise, with a class loader per library,
   * jnats uses its own socket.
   */
  private static boolean isVisibleToJnats(Class<?> type) {
    try {
      return Class.forName(type.getName(), false, Options.class.getClassLoader()) == type;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static SSLContext defaultTls() throws IOException {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }

  private static void close(Connection nc) {
    try {
      nc.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
