// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.nats.armonik.ArmonikDialect;
import dev.jetlane.nats.request.Dialect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * The options of a queue on a nats-server. Immutable: each {@code with} method returns a copy, and
 * throws {@link InvalidInputException} if a value breaks its rule.
 *
 * <p>{@code toString} prints no secret.
 */
public final class NatsOptions extends OptionValues {

  /**
   * How {@link dev.jetlane.TaskQueue#partition} creates and checks the streams and the consumer.
   */
  public enum Provisioning {
    /** Creates missing objects and checks existing ones. The default. */
    CREATE,
    /** Creates nothing and checks existing objects. Needs the permission to read them. */
    VERIFY,
    /**
     * Neither creates nor checks objects: an administrator must have created them. Needs only the
     * permissions to push, pull and settle.
     */
    NONE
  }

  /** The response to an existing stream or consumer with other settings. */
  public enum DriftPolicy {
    /**
     * Throws {@link dev.jetlane.ConfigDriftException}, which lists the differences. The default.
     */
    FAIL,
    /**
     * Changes the settings, with a line in the log; throws if a server cannot change one, such as
     * the storage. The other clients of the queue need the same settings.
     */
    UPDATE,
    /**
     * Works with the existing settings, with a line in the log: the lease and the limit of
     * outstanding tasks are then those of the server. Throws if the queue could not keep its
     * promises, for example if a stream drops tasks when it is full.
     */
    ACCEPT
  }

  /** The storage of a stream. */
  public enum Storage {
    /** On disk. The default. */
    FILE,
    /** In memory: faster, and lost when the server stops. */
    MEMORY
  }

  private static final Pattern STREAM = Pattern.compile("[A-Za-z0-9_-]{1,128}");
  private static final Pattern SUBJECT = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
  private static final Pattern INBOX = Pattern.compile("[A-Za-z0-9_$-]+(\\.[A-Za-z0-9_-]+)*");
  private static final Pattern API = Pattern.compile("[A-Za-z0-9_$-]+(\\.[A-Za-z0-9_$-]+)*");
  private static final int MAX_SUBJECT = 128;

  /** With this length the prefix of the domain's API is as long as a prefix may be. */
  private static final int MAX_DOMAIN = MAX_SUBJECT - "$JS..API".length();

  private static final int MAX_IN_FLIGHT = 16_384;
  private static final int MAX_STREAMS = 256;
  private static final int MAX_REPLICAS = 5;

  private static final NatsOptions DEFAULTS = new NatsOptions();
  private static final NatsOptions ARMONIK =
      DEFAULTS.with(
          copy -> {
            copy.stream = "armonik-stream";
            copy.dialect = ArmonikDialect.INSTANCE;
            copy.driftPolicy = DriftPolicy.ACCEPT;
          });

  private NatsOptions() {}

  private NatsOptions(NatsOptions that) {
    super(that);
  }

  /**
   * Returns the default options: a server on this machine without credentials, {@link
   * QueueConfig#defaults()}, stream {@code jetlane} with subjects {@code jetlane.>} on disk, one
   * replica, created if it is missing.
   *
   * @return the default options
   */
  public static NatsOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns the options for ArmoniK's queue, so that Java producers and workers can use it beside
   * ArmoniK's own adapter: stream {@code armonik-stream}, the partition id as subject and as name
   * of the consumer, the task id as payload, a lease of 120 s. Settings that ArmoniK's adapter
   * chose are accepted.
   *
   * <p>The payload is the task id: a push with another payload, a delay, a priority or a deadline
   * is refused. {@link ArmonikStatus} settles tasks by ArmoniK's statuses. Dead letters go to a
   * separate stream, which ArmoniK's adapter does not use.
   *
   * @return the options for ArmoniK's queue
   */
  public static NatsOptions armonik() {
    return ARMONIK;
  }

  /**
   * Returns {@link #armonik()} with the values of an environment, as {@link #withEnvironment}.
   *
   * @param environment the variables, such as {@link System#getenv()}
   * @return the options
   * @throws InvalidInputException as {@link #withEnvironment}
   */
  public static NatsOptions fromEnvironment(Map<String, String> environment) {
    return EnvironmentOptions.apply(
        EnvironmentOptions.apply(ARMONIK, Map.of("Nats__DegreeOfParallelism", "0")), environment);
  }

  /**
   * Returns these options with the values of an environment, such as {@code Nats__Url} and {@code
   * Nats__AckWait}: ArmoniK's variables, and others in the same pattern, which {@code
   * docs/operating.md} lists. A missing variable changes nothing; an unknown one with the prefix
   * {@code Nats__} is logged as a warning.
   *
   * @param environment the variables, such as {@link System#getenv()}
   * @return a copy with these values
   * @throws InvalidInputException if a value breaks its rule; the message names the variable and
   *     contains no secret
   */
  public NatsOptions withEnvironment(Map<String, String> environment) {
    return EnvironmentOptions.apply(this, environment);
  }

  /**
   * Returns the names of the variables that {@link #withEnvironment} knows, for a caller that
   * refuses others.
   *
   * @return an immutable set of names, such as {@code Nats__Url}
   */
  public static Set<String> environmentVariables() {
    return EnvironmentOptions.names();
  }

  /**
   * Returns these options with other servers.
   *
   * @param url one or more URLs with {@code nats}, {@code tls}, {@code ws} or {@code wss},
   *     separated by commas, without a path. A user part is used as credentials if no others are
   *     given, and appears in no message. In it a comma must be written as {@code %2C} and a slash
   *     as {@code %2F}.
   * @return a copy with this value
   */
  public NatsOptions withUrl(String url) {
    ServerUrls parsed = ServerUrls.parse(url);
    return with(copy -> copy.urls = parsed);
  }

  /**
   * Returns these options with a user name and a password.
   *
   * @param user the user name
   * @param password the password, which is copied
   * @return a copy with these values
   */
  public NatsOptions withUser(String user, char[] password) {
    OptionChecks.requireText("user name", user);
    OptionChecks.requirePresent("password", password);
    Credentials value = new Credentials.UserPassword(user.toCharArray(), password.clone());
    return with(copy -> copy.credentials = value);
  }

  /**
   * Returns these options with a token.
   *
   * @param token the token, which is copied
   * @return a copy with this value
   */
  public NatsOptions withToken(char[] token) {
    if (token == null || token.length == 0) {
      throw new InvalidInputException("token", null, "must not be null or empty");
    }
    Credentials value = new Credentials.Token(token.clone());
    return with(copy -> copy.credentials = value);
  }

  /**
   * Returns these options with a credentials file.
   *
   * @param file a JWT and the seed of its nkey; read again at each connect
   * @return a copy with this value
   */
  public NatsOptions withCredentialsFile(Path file) {
    Credentials value = new Credentials.CredentialsFile(OptionChecks.requirePath(file));
    return with(copy -> copy.credentials = value);
  }

  /**
   * Returns these options with an nkey.
   *
   * @param file a file with the seed of the nkey
   * @return a copy with this value
   */
  public NatsOptions withNkeyFile(Path file) {
    Credentials value = new Credentials.NkeyFile(OptionChecks.requirePath(file));
    return with(copy -> copy.credentials = value);
  }

  /**
   * Returns these options with TLS. The server's certificate must match the host in the URL.
   *
   * @param context the trusted authorities and, for mutual TLS, the client's key
   * @return a copy with this value
   */
  public NatsOptions withSslContext(SSLContext context) {
    OptionChecks.requirePresent("SSL context", context);
    return with(copy -> copy.sslContext = context);
  }

  /**
   * Returns these options with another name of the connection.
   *
   * @param name the name that the server's monitoring shows; {@code jetlane} by default
   * @return a copy with this value
   */
  public NatsOptions withConnectionName(String name) {
    OptionChecks.requireText("connection name", name);
    return with(copy -> copy.connectionName = name);
  }

  /**
   * Returns these options with another prefix for the subjects of replies. If each user has its own
   * prefix, and may subscribe only to {@code <prefix>.>}, users cannot read each other's replies.
   *
   * @param prefix the prefix, without its last dot; {@code _INBOX} by default
   * @return a copy with this value
   */
  public NatsOptions withInboxPrefix(String prefix) {
    OptionChecks.requireMatch("inbox prefix", prefix, INBOX, MAX_SUBJECT);
    return with(copy -> copy.inboxPrefix = prefix);
  }

  /**
   * Returns these options with another stream; its dead letters are in {@code <stream>-dead}.
   *
   * @param name the name of the stream
   * @return a copy with this value
   */
  public NatsOptions withStream(String name) {
    OptionChecks.requireMatch("stream name", name, STREAM, 128);
    return with(copy -> copy.stream = name);
  }

  /**
   * Returns these options with another subject prefix: the subject of a partition is {@code
   * <prefix>.<partition>}.
   *
   * @param prefix the prefix, without its last dot
   * @return a copy with this value
   */
  public NatsOptions withSubjectPrefix(String prefix) {
    OptionChecks.requireMatch("subject prefix", prefix, SUBJECT, MAX_SUBJECT);
    return with(copy -> copy.subjectPrefix = prefix);
  }

  /**
   * Returns these options with JetStream in a domain ({@code docs/places.md}): {@link
   * #withApiPrefix} with {@code $JS.<domain>.API}.
   *
   * @param domain the name of the domain, of at most 120 characters
   * @return a copy with this value
   */
  public NatsOptions withDomain(String domain) {
    OptionChecks.requireMatch("domain", domain, STREAM, MAX_DOMAIN);
    return withApiPrefix("$JS." + domain + ".API");
  }

  /**
   * Returns these options with another prefix for requests to JetStream, as for an import from
   * another account. If no server answers on this prefix, {@link NatsQueues#connect} throws {@link
   * dev.jetlane.QueueUnavailableException}, unless provisioning is {@link Provisioning#NONE}.
   *
   * @param prefix the prefix, without its last dot; {@code $JS.API} by default
   * @return a copy with this value
   */
  public NatsOptions withApiPrefix(String prefix) {
    OptionChecks.requireMatch("API prefix", prefix, API, MAX_SUBJECT);
    return with(copy -> copy.apiPrefix = prefix + ".");
  }

  /**
   * Returns these options with other settings of the queue.
   *
   * @param config the settings
   * @return a copy with this value
   */
  public NatsOptions withQueue(QueueConfig config) {
    QueueConfig checked = OptionChecks.requireQueue(config, dialect != Dialect.OWN);
    return with(copy -> copy.queue = checked);
  }

  /**
   * Returns these options with another time limit of a call, including all its exchanges with the
   * server.
   *
   * @param timeout from 50 ms to 10 min; 5 s by default
   * @return a copy with this value
   */
  public NatsOptions withRequestTimeout(Duration timeout) {
    OptionChecks.requireTimeout("request timeout", timeout);
    return with(copy -> copy.requestTimeout = timeout);
  }

  /**
   * Returns these options with another time limit for a connect to one server.
   *
   * @param timeout from 50 ms to 10 min; 5 s by default
   * @return a copy with this value
   */
  public NatsOptions withConnectTimeout(Duration timeout) {
    OptionChecks.requireTimeout("connect timeout", timeout);
    return with(copy -> copy.connectTimeout = timeout);
  }

  /**
   * Returns these options with a time for which {@link NatsQueues#connect} retries while no server
   * can be reached.
   *
   * @param patience from zero, the default, to a day
   * @return a copy with this value
   */
  public NatsOptions withConnectPatience(Duration patience) {
    OptionChecks.requirePatience(patience);
    return with(copy -> copy.connectPatience = patience);
  }

  /**
   * Returns these options with another way to create and check streams and consumers.
   *
   * @param value the way
   * @return a copy with this value
   */
  public NatsOptions withProvisioning(Provisioning value) {
    OptionChecks.requirePresent("provisioning", value);
    return with(copy -> copy.provisioning = value);
  }

  /**
   * Returns these options with another response to different settings on the server.
   *
   * @param value the response
   * @return a copy with this value
   */
  public NatsOptions withDriftPolicy(DriftPolicy value) {
    OptionChecks.requirePresent("drift policy", value);
    return with(copy -> copy.driftPolicy = value);
  }

  /**
   * Returns these options with another storage of the streams.
   *
   * @param value the storage
   * @return a copy with this value
   */
  public NatsOptions withStorage(Storage value) {
    OptionChecks.requirePresent("storage", value);
    return with(copy -> copy.storage = value);
  }

  /**
   * Returns these options with another number of copies of each stream.
   *
   * @param copies from 1 to 5; more than 1 need a cluster
   * @return a copy with this value
   */
  public NatsOptions withReplicas(int copies) {
    OptionChecks.requireRange("replicas", copies, 1, MAX_REPLICAS);
    return with(copy -> copy.replicas = copies);
  }

  /**
   * Returns these options with the partitions spread over several streams: {@code <stream>} and
   * {@code <stream>-1} to {@code <stream>-<n-1>}. The subject of a partition is then {@code
   * <prefix>.<i>.<partition>}, where {@code i} is the number of its stream.
   *
   * <p>For the cost of many partitions per stream see the sizing in {@code docs/operating.md}. The
   * number of streams is fixed when the queue is created: a client with another number gets {@link
   * dev.jetlane.ConfigDriftException}. {@link NatsQueues#spread} moves a queue from one stream to
   * several.
   *
   * @param count from 1 to 256
   * @return a copy with this value
   */
  public NatsOptions withStreams(int count) {
    OptionChecks.requireRange("streams", count, 1, dialect == Dialect.OWN ? MAX_STREAMS : 1);
    return with(copy -> copy.streams = count);
  }

  /**
   * Returns these options with a storage limit of each stream of tasks. A push beyond it is a
   * {@link dev.jetlane.QueueFullException}; nothing is dropped. The server reserves this space when
   * it creates the stream, and refuses more than it has. Without this option the limit of an
   * existing stream is not compared. Dead letters do not count.
   *
   * @param bytes from 1; no limit by default
   * @return a copy with this value
   */
  public NatsOptions withMaxBytes(long bytes) {
    OptionChecks.requireRange("maxBytes", bytes, 1, Long.MAX_VALUE);
    return with(copy -> copy.maxBytes = bytes);
  }

  /**
   * Returns these options with another limit of unconfirmed pushes.
   *
   * @param pushes from 1 to 16384; 1024 by default
   * @return a copy with this value
   */
  public NatsOptions withMaxInFlight(int pushes) {
    OptionChecks.requireRange("maxInFlight", pushes, 1, MAX_IN_FLIGHT);
    return with(copy -> copy.maxInFlight = pushes);
  }

  /**
   * Returns these options with a further listener, which is called after the earlier ones.
   *
   * @param listener the listener
   * @return a copy with this value
   */
  public NatsOptions withListener(QueueListener listener) {
    OptionChecks.requirePresent("listener", listener);
    List<QueueListener> more = new ArrayList<>(listeners);
    more.add(listener);
    return with(copy -> copy.listeners = List.copyOf(more));
  }

  /** Returns these options with another user name. */
  NatsOptions withUserName(String user) {
    return withUser(user, namedPassword());
  }

  /** Returns these options with another password. */
  NatsOptions withPassword(char[] password) {
    if (!(credentials instanceof Credentials.UserPassword named)) {
      throw new InvalidInputException("password", "(not shown)", "must come with a user name");
    }
    return withUser(new String(named.user()), password);
  }

  private char[] namedPassword() {
    return credentials instanceof Credentials.UserPassword named ? named.password() : new char[0];
  }

  private NatsOptions with(Consumer<NatsOptions> change) {
    NatsOptions copy = new NatsOptions(this);
    change.accept(copy);
    return copy;
  }
}
