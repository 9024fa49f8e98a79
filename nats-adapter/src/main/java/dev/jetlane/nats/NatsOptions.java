package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.nats.armonik.ArmonikDialect;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The options of a queue on a nats-server. Immutable: each {@code with} method returns a copy, and
 * throws {@link InvalidInputException} if a value breaks its rule.
 *
 * <p>{@link #toString} prints no secret.
 */
public final class NatsOptions {

  /** What {@link dev.jetlane.TaskQueue#partition} does about the streams and the consumer. */
  public enum Provisioning {
    /** Creates missing objects and checks existing ones. The default. */
    CREATE,
    /** Creates nothing and checks existing objects. Needs the permission to read them. */
    VERIFY,
    /**
     * Trusts that an administrator created the objects. Needs no permission beyond those to push,
     * pull and settle.
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
     * promises, as with a stream that drops tasks when it is full.
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
  private static final int MAX_IN_FLIGHT = 16_384;
  private static final int MAX_STREAMS = 256;
  private static final int MAX_REPLICAS = 5;
  static final long UNLIMITED_BYTES = -1;

  private static final NatsOptions DEFAULTS = new NatsOptions();
  private static final NatsOptions ARMONIK =
      DEFAULTS.with(
          copy -> {
            copy.stream = "armonik-stream";
            copy.dialect = ArmonikDialect.INSTANCE;
            copy.driftPolicy = DriftPolicy.ACCEPT;
          });

  private ServerUrls urls = ServerUrls.parse("nats://localhost:4222");
  private @Nullable Credentials credentials;
  private @Nullable SSLContext sslContext;
  private String connectionName = "jetlane";
  private String inboxPrefix = "_INBOX";
  private String stream = "jetlane";
  private String subjectPrefix = "jetlane";
  private String apiPrefix = QueueLayout.OWN_API;
  private QueueConfig queue = QueueConfig.defaults();
  private Duration requestTimeout = Duration.ofSeconds(5);
  private Duration connectTimeout = Duration.ofSeconds(5);
  private Duration connectPatience = Duration.ZERO;
  private Provisioning provisioning = Provisioning.CREATE;
  private DriftPolicy driftPolicy = DriftPolicy.FAIL;
  private Storage storage = Storage.FILE;
  private int replicas = 1;
  private int streams = 1;
  private long maxBytes = UNLIMITED_BYTES;
  private int maxInFlight = 1024;
  private Dialect dialect = Dialect.OWN;
  private List<QueueListener> listeners = List.of();

  private NatsOptions() {}

  private NatsOptions(NatsOptions that) {
    urls = that.urls;
    credentials = that.credentials;
    sslContext = that.sslContext;
    connectionName = that.connectionName;
    inboxPrefix = that.inboxPrefix;
    stream = that.stream;
    subjectPrefix = that.subjectPrefix;
    apiPrefix = that.apiPrefix;
    queue = that.queue;
    requestTimeout = that.requestTimeout;
    connectTimeout = that.connectTimeout;
    connectPatience = that.connectPatience;
    provisioning = that.provisioning;
    driftPolicy = that.driftPolicy;
    storage = that.storage;
    replicas = that.replicas;
    streams = that.streams;
    maxBytes = that.maxBytes;
    maxInFlight = that.maxInFlight;
    dialect = that.dialect;
    listeners = that.listeners;
  }

  /**
   * A server on this machine without credentials, {@link QueueConfig#defaults()}, stream {@code
   * jetlane} with subjects {@code jetlane.>} on disk, one replica, created when it is missing.
   */
  public static NatsOptions defaults() {
    return DEFAULTS;
  }

  /**
   * What ArmoniK's own adapter uses, so that Java producers and workers can join its queue: stream
   * {@code armonik-stream}, the partition id as subject and as name of the consumer, the task id as
   * payload, a lease of 120 s. Settings that its adapter gave to a stream or a consumer are
   * accepted.
   *
   * <p>A task has its id and no payload of its own: a push with another payload than none or the id
   * is refused, and so is one with a delay. {@link ArmonikStatus} settles by ArmoniK's statuses.
   * Dead letters go to a stream of their own, which its adapter does not know of.
   */
  public static NatsOptions armonik() {
    return ARMONIK;
  }

  /** {@link #armonik()} with what an environment says, as {@link #withEnvironment}. */
  public static NatsOptions fromEnvironment(Map<String, String> environment) {
    return EnvironmentOptions.apply(
        EnvironmentOptions.apply(ARMONIK, Map.of("Nats__DegreeOfParallelism", "0")), environment);
  }

  /**
   * These options with what the variables of an environment say, such as {@code Nats__Url} and
   * {@code Nats__AckWait}: ArmoniK's, and others in the same pattern, which {@code
   * docs/operating.md} lists. A variable that is not there changes nothing; one with the prefix
   * {@code Nats__} that is not known is a warning in the log.
   *
   * @param environment such as {@link System#getenv()}
   * @throws InvalidInputException if a value breaks its rule: names the variable, and shows no
   *     secret
   */
  public NatsOptions withEnvironment(Map<String, String> environment) {
    return EnvironmentOptions.apply(this, environment);
  }

  /**
   * These options with other servers.
   *
   * @param url one or more URLs with {@code nats}, {@code tls}, {@code ws} or {@code wss},
   *     separated by commas. A user part is used as credentials when no others are given, and
   *     appears in no message.
   */
  public NatsOptions withUrl(String url) {
    ServerUrls parsed = ServerUrls.parse(url);
    return with(copy -> copy.urls = parsed);
  }

  /** These options with a user name and a password; both are copied. */
  public NatsOptions withUser(String user, char[] password) {
    OptionChecks.requireText("user name", user);
    OptionChecks.requirePresent("password", password);
    Credentials value = new Credentials.UserPassword(user.toCharArray(), password.clone());
    return with(copy -> copy.credentials = value);
  }

  /** These options with a token, copied. */
  public NatsOptions withToken(char[] token) {
    if (token == null || token.length == 0) {
      throw new InvalidInputException("token", null, "must not be null or empty");
    }
    Credentials value = new Credentials.Token(token.clone());
    return with(copy -> copy.credentials = value);
  }

  /**
   * These options with a credentials file (a JWT and the seed of its nkey), read again at each
   * connect.
   */
  public NatsOptions withCredentialsFile(Path file) {
    Credentials value = new Credentials.CredentialsFile(OptionChecks.requirePath(file));
    return with(copy -> copy.credentials = value);
  }

  /** These options with a file that contains the seed of an nkey. */
  public NatsOptions withNkeyFile(Path file) {
    Credentials value = new Credentials.NkeyFile(OptionChecks.requirePath(file));
    return with(copy -> copy.credentials = value);
  }

  /**
   * These options with TLS by this context, which holds the trusted authorities and, for mutual
   * TLS, the client's key. The server's certificate must be for the host in its URL.
   */
  public NatsOptions withSslContext(SSLContext context) {
    OptionChecks.requirePresent("SSL context", context);
    return with(copy -> copy.sslContext = context);
  }

  /** These options with another name of the connection, as the server's monitoring shows it. */
  public NatsOptions withConnectionName(String name) {
    OptionChecks.requireText("connection name", name);
    return with(copy -> copy.connectionName = name);
  }

  /**
   * These options with another prefix of the subjects that answers come to. One per user, together
   * with a subscribe permission on {@code <prefix>.>} alone, keeps users from reading each other's
   * answers.
   */
  public NatsOptions withInboxPrefix(String prefix) {
    OptionChecks.requireMatch("inbox prefix", prefix, INBOX, MAX_SUBJECT);
    return with(copy -> copy.inboxPrefix = prefix);
  }

  /** These options with another stream; its dead letters are in {@code <stream>-dead}. */
  public NatsOptions withStream(String name) {
    OptionChecks.requireMatch("stream name", name, STREAM, 128);
    return with(copy -> copy.stream = name);
  }

  /**
   * These options with another subject prefix: a partition's subject is {@code
   * <prefix>.<partition>}.
   */
  public NatsOptions withSubjectPrefix(String prefix) {
    OptionChecks.requireMatch("subject prefix", prefix, SUBJECT, MAX_SUBJECT);
    return with(copy -> copy.subjectPrefix = prefix);
  }

  /**
   * These options with JetStream in another domain, such as that of the hub of a leaf node: {@link
   * #withApiPrefix} with {@code $JS.<domain>.API}.
   */
  public NatsOptions withDomain(String domain) {
    OptionChecks.requireMatch("domain", domain, STREAM, 128);
    return withApiPrefix("$JS." + domain + ".API");
  }

  /**
   * These options with another prefix of the requests to JetStream, {@code $JS.API} by default:
   * what an account imports them as, or that of a domain. Where nothing answers to it, {@link
   * NatsQueues#connect} throws {@link dev.jetlane.QueueUnavailableException}, unless provisioning
   * is {@link Provisioning#NONE}.
   */
  public NatsOptions withApiPrefix(String prefix) {
    OptionChecks.requireMatch("API prefix", prefix, API, MAX_SUBJECT);
    return with(copy -> copy.apiPrefix = prefix + ".");
  }

  /** These options with other settings of the queue. */
  public NatsOptions withQueue(QueueConfig config) {
    QueueConfig checked = OptionChecks.requireQueue(config, dialect != Dialect.OWN);
    return with(copy -> copy.queue = checked);
  }

  /** These options with another bound on every exchange with the server, from 50 ms to 10 min. */
  public NatsOptions withRequestTimeout(Duration timeout) {
    OptionChecks.requireTimeout("request timeout", timeout);
    return with(copy -> copy.requestTimeout = timeout);
  }

  /** These options with another bound on connecting to one server, from 50 ms to 10 min. */
  public NatsOptions withConnectTimeout(Duration timeout) {
    OptionChecks.requireTimeout("connect timeout", timeout);
    return with(copy -> copy.connectTimeout = timeout);
  }

  /** These options, connecting again until a server can be reached, from zero to a day. */
  public NatsOptions withConnectPatience(Duration patience) {
    OptionChecks.requirePatience(patience);
    return with(copy -> copy.connectPatience = patience);
  }

  /** These options with another way to provision. */
  public NatsOptions withProvisioning(Provisioning value) {
    OptionChecks.requirePresent("provisioning", value);
    return with(copy -> copy.provisioning = value);
  }

  /** These options with another way to treat settings that differ. */
  public NatsOptions withDriftPolicy(DriftPolicy value) {
    OptionChecks.requirePresent("drift policy", value);
    return with(copy -> copy.driftPolicy = value);
  }

  /** These options with another storage. */
  public NatsOptions withStorage(Storage value) {
    OptionChecks.requirePresent("storage", value);
    return with(copy -> copy.storage = value);
  }

  /** These options with another number of copies, from 1 to 5; more than 1 need a cluster. */
  public NatsOptions withReplicas(int copies) {
    OptionChecks.requireRange("replicas", copies, 1, MAX_REPLICAS);
    return with(copy -> copy.replicas = copies);
  }

  /**
   * These options with the partitions spread over this many streams, from 1 to 256: {@code
   * <stream>} and {@code <stream>-1} to {@code <stream>-<n-1>}, a partition's subject being {@code
   * <prefix>.<i>.<partition>} where {@code i} is the number of its stream.
   *
   * <p>About 16 partitions a stream cost nothing worth mentioning, 64 halve the speed. The number
   * is fixed when the queue is created: a client that comes with another one gets {@link
   * dev.jetlane.ConfigDriftException}. The way from one to many is {@link NatsQueues#spread}.
   */
  public NatsOptions withStreams(int count) {
    OptionChecks.requireRange("streams", count, 1, dialect == Dialect.OWN ? MAX_STREAMS : 1);
    return with(copy -> copy.streams = count);
  }

  /**
   * These options with a limit on what each stream of tasks stores, from 1 byte; none by default. A
   * push beyond it is a {@link dev.jetlane.QueueFullException}, nothing is dropped. The server sets
   * so much aside when it creates the stream, and refuses what it does not have. Of a stream that
   * is there the limit is only looked at if it was set here. Dead letters do not count.
   */
  public NatsOptions withMaxBytes(long bytes) {
    OptionChecks.requireRange("maxBytes", bytes, 1, Long.MAX_VALUE);
    return with(copy -> copy.maxBytes = bytes);
  }

  /** These options with another bound on unconfirmed pushes, from 1 to 16384. */
  public NatsOptions withMaxInFlight(int pushes) {
    OptionChecks.requireRange("maxInFlight", pushes, 1, MAX_IN_FLIGHT);
    return with(copy -> copy.maxInFlight = pushes);
  }

  /** These options with a listener more, called after those that were given before. */
  public NatsOptions withListener(QueueListener listener) {
    OptionChecks.requirePresent("listener", listener);
    List<QueueListener> more = new ArrayList<>(listeners);
    more.add(listener);
    return with(copy -> copy.listeners = List.copyOf(more));
  }

  /** Another user name, the password as it is. */
  NatsOptions withUserName(String user) {
    return withUser(user, namedPassword());
  }

  /** Another password, the user name as it is. */
  NatsOptions withPassword(char[] password) {
    if (!(credentials instanceof Credentials.UserPassword named)) {
      throw new InvalidInputException("password", "(not shown)", "must come with a user name");
    }
    return withUser(new String(named.user()), password);
  }

  private char[] namedPassword() {
    return credentials instanceof Credentials.UserPassword named ? named.password() : new char[0];
  }

  ServerUrls urls() {
    return urls;
  }

  Credentials credentials() {
    if (credentials != null) {
      return credentials;
    }
    Credentials fromUrl = urls.credentials();
    return fromUrl == null ? new Credentials.None() : fromUrl;
  }

  @Nullable SSLContext sslContext() {
    return sslContext;
  }

  String connectionName() {
    return connectionName;
  }

  String inboxPrefix() {
    return inboxPrefix;
  }

  String stream() {
    return stream;
  }

  String subjectPrefix() {
    return subjectPrefix;
  }

  QueueConfig queue() {
    return queue;
  }

  Duration requestTimeout() {
    return requestTimeout;
  }

  Duration connectTimeout() {
    return connectTimeout;
  }

  Duration connectPatience() {
    return connectPatience;
  }

  int streams() {
    return streams;
  }

  public int maxInFlight() {
    return maxInFlight;
  }

  List<QueueListener> listeners() {
    return listeners;
  }

  QueueLayout layout() {
    return new QueueLayout(
        stream, subjectPrefix, dialect != Dialect.OWN, streams, queue.priorities(), apiPrefix);
  }

  /** What all rooms have to know. */
  Settings settings() {
    return new Settings(layout(), queue, requestTimeout, inboxPrefix, maxInFlight, dialect);
  }

  /** What provisioning has to know. */
  ProvisioningTerms provisioningTerms() {
    return new ProvisioningTerms(
        provisioning == Provisioning.CREATE,
        provisioning != Provisioning.NONE,
        Drift.Response.valueOf(driftPolicy.name()),
        storage == Storage.MEMORY,
        replicas,
        maxBytes);
  }

  /** Everything but the secrets. */
  @Override
  public String toString() {
    return "NatsOptions["
        + String.join(
            ", ",
            "url=" + urls,
            "credentials=" + credentials(),
            "tls=" + (sslContext != null),
            "connectionName=" + connectionName,
            "inboxPrefix=" + inboxPrefix,
            "stream=" + stream,
            "subjectPrefix=" + subjectPrefix,
            "apiPrefix=" + apiPrefix,
            "queue=" + queue,
            "requestTimeout=" + requestTimeout,
            "connectTimeout=" + connectTimeout,
            "connectPatience=" + connectPatience,
            "provisioning=" + provisioning,
            "driftPolicy=" + driftPolicy,
            "storage=" + storage,
            "replicas=" + replicas,
            "streams=" + streams,
            "maxBytes=" + maxBytes,
            "maxInFlight=" + maxInFlight,
            "dialect=" + (dialect == Dialect.OWN ? "own" : dialect))
        + "]";
  }

  private NatsOptions with(Consumer<NatsOptions> change) {
    NatsOptions copy = new NatsOptions(this);
    change.accept(copy);
    return copy;
  }
}
