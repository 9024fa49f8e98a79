// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsPlace;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** A server of its own for each plan, so that it can be stopped, killed, and filled. */
final class OwnServerHarness extends NatsHarness {

  private static final String LIMITED = "jetstream { max_file_store: 8MB }";
  private static final String FILLER = "filler";
  private static final int LARGEST_BYTES = 1 << 19;
  private static final int STEP = 16;

  private final NatsPlace place;

  private OwnServerHarness(NatsPlace place, Connection administrator) throws IOException {
    super(place, administrator, NatsOptions.Storage.FILE);
    this.place = place;
  }

  /**
   * Starts the server.
   *
   * @throws UnsupportedOperationException if all tests use a server that runs elsewhere
   */
  static OwnServerHarness start() throws IOException, InterruptedException {
    NatsPlace place = NatsPlace.here(NatsConfig.defaults().withText(LIMITED));
    try (Connection administrator = place.administrator()) {
      return new OwnServerHarness(place, administrator);
    } catch (IOException | InterruptedException | RuntimeException e) {
      place.close();
      throw e;
    }
  }

  /** A server of 2.9 forgets acks when it is killed. */
  @Override
  public Set<Capability> capabilities() {
    Set<Capability> all = EnumSet.copyOf(super.capabilities());
    all.add(Capability.RESTARTS);
    all.add(Capability.FULL_STORAGE);
    if (!version().startsWith("2.9.")) {
      all.add(Capability.CRASHES);
    }
    return all;
  }

  /** Longer than that of the other rules: this server has just started, or its storage is full. */
  @Override
  public Duration requestTimeout() {
    return super.requestTimeout().multipliedBy(2);
  }

  @Override
  public FaultHands faults() {
    return new Hands(super.faults());
  }

  @Override
  public void close() {
    closeProxy();
    place.close();
  }

  private void fill() {
    try (Connection administrator = place.administrator()) {
      administrator
          .jetStreamManagement()
          .addStream(StreamConfiguration.builder().name(FILLER).subjects(FILLER).build());
      for (int bytes = LARGEST_BYTES; bytes > 0; bytes /= STEP) {
        while (isStored(administrator, bytes)) {
          // Until there is no room for a message of this size.
        }
      }
    } catch (IOException | JetStreamApiException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static boolean isStored(Connection administrator, int bytes) throws IOException {
    try {
      return administrator.jetStream().publish(FILLER, new byte[bytes]).getSeqno() > 0;
    } catch (JetStreamApiException full) {
      return false;
    }
  }

  private void empty() {
    try (Connection administrator = place.administrator()) {
      boolean unused = administrator.jetStreamManagement().deleteStream(FILLER);
    } catch (IOException | JetStreamApiException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The hands of the proxy, and those that control the process. */
  private final class Hands extends DelegatingHands {

    private final FaultHands proxy;

    private Hands(FaultHands proxy) {
      super(proxy);
      this.proxy = proxy;
    }

    @Override
    public void begin(ServerFault fault) {
      switch (fault) {
        case RESTARTED -> {
          proxy.disconnect();
          place.server().stop();
        }
        case CRASHED -> {
          place.server().kill();
          proxy.disconnect();
        }
        case OUT_OF_SPACE -> fill();
        default -> proxy.begin(fault);
      }
    }

    @Override
    public void end(ServerFault fault) {
      switch (fault) {
        case RESTARTED, CRASHED -> {
          place.server().restart();
          proxy.reconnect();
        }
        case OUT_OF_SPACE -> empty();
        default -> proxy.end(fault);
      }
    }
  }
}
