package dev.jetlane.nats;

import io.nats.client.Options;
import io.nats.client.impl.SocketDataPortWithWriteTimeout;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a queue's own connection. Not for users of a queue: it is public because jnats
 * creates it by its name.
 *
 * <p>It is jnats' own socket, with its TLS, websockets, timeouts and everything else; only what is
 * read passes through an {@link Inlet}, and a flush also writes what waits in the {@link Outlet}.
 * jnats flushes under the lock of its own writer, so that frames never mix.
 */
public final class NatsDataPort extends SocketDataPortWithWriteTimeout {

  private @Nullable Outlet outlet;
  private @Nullable Inlet inlet;

  /** For jnats. */
  public NatsDataPort() {}

  @Override
  public void afterConstruct(Options options) {
    super.afterConstruct(options);
    if (options.getErrorListener() instanceof Link link) {
      outlet = link.newSocket();
      inlet = new Inlet(super::read, link::answersPrefix, link::takeAnswer);
    }
  }

  @Override
  public int read(byte[] dst, int off, int len) throws IOException {
    return inlet == null ? super.read(dst, off, len) : inlet.read(dst, off, len);
  }

  @Override
  public void flush() throws IOException {
    if (outlet != null) {
      outlet.writeTo(this);
    }
    super.flush();
  }
}
