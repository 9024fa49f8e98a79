// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.NatsOptions.Storage;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Settings;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@link NatsOptions}, as the adapter reads them. Only its {@code with} methods write
 * them, into a copy.
 */
abstract class OptionValues {

  private static final long UNLIMITED_BYTES = -1;

  ServerUrls urls = ServerUrls.parse("nats://localhost:4222");
  @Nullable Credentials credentials;
  @Nullable SSLContext sslContext;
  String connectionName = "jetlane";
  String inboxPrefix = "_INBOX";
  String stream = "jetlane";
  String subjectPrefix = "jetlane";
  String apiPrefix = QueueLayout.OWN_API;
  QueueConfig queue = QueueConfig.defaults();
  Duration requestTimeout = Duration.ofSeconds(5);
  Duration connectTimeout = Duration.ofSeconds(5);
  Duration connectPatience = Duration.ZERO;
  Provisioning provisioning = Provisioning.CREATE;
  DriftPolicy driftPolicy = DriftPolicy.FAIL;
  Storage storage = Storage.FILE;
  int replicas = 1;
  int streams = 1;
  long maxBytes = UNLIMITED_BYTES;
  int maxInFlight = 1024;
  Dialect dialect = Dialect.OWN;
  List<QueueListener> listeners = List.of();

  OptionValues() {}

  OptionValues(OptionValues that) {
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

  int maxInFlight() {
    return maxInFlight;
  }

  List<QueueListener> listeners() {
    return listeners;
  }

  QueueLayout layout() {
    return new QueueLayout(
        stream, subjectPrefix, dialect != Dialect.OWN, streams, queue.priorities(), apiPrefix);
  }

  /** Returns the settings that all packages share. */
  Settings settings() {
    return new Settings(layout(), queue, requestTimeout, inboxPrefix, maxInFlight, dialect);
  }

  /** Returns the terms of provisioning. */
  ProvisioningTerms provisioningTerms() {
    return new ProvisioningTerms(
        provisioning == Provisioning.CREATE,
        provisioning != Provisioning.NONE,
        Drift.Response.valueOf(driftPolicy.name()),
        storage == Storage.MEMORY,
        replicas,
        maxBytes);
  }

  /** Returns all values except the secrets. */
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
}
