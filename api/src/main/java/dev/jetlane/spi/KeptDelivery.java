package dev.jetlane.spi;

/** A delivery whose lease may be kept. */
public interface KeptDelivery {

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();
}
