package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;

/** A puller that does what another one does, for one override. */
class DelegatingPuller implements Puller {

  private final Puller delegate;
  private final Layers layers;

  DelegatingPuller(Puller delegate, Layers layers) {
    this.delegate = delegate;
    this.layers = layers;
  }

  DelegatingPuller(Puller delegate) {
    this(delegate, Layers.NONE);
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    List<Delivery> deliveries = delegate.pull(max, wait);
    deliveries.replaceAll(layers.delivery());
    return deliveries;
  }

  @Override
  public void close() {
    delegate.close();
  }
}
