package dev.jetlane.nats;

import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.InboundRewriter;
import io.nats.client.Options;
import io.nats.client.impl.SocketDataPortWithWriteTimeout;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a queue's own connection. Not for users of a queue: it is public because jnats
 * creates it by its name.
 *
 * <p>It is jnats' own socket, with its TLS, websockets, timeouts and everything else; only what is
 * read passes through an {@link InboundRewriter}, and a flush also writes what waits in the {@link
 * FrameWriter}. jnats flushes under the lock of its own writer, so that frames never mix.
 */
public final class NatsDataPort extends SocketDataPortWithWriteTimeout {

  private @Nullable FrameWriter outlet;
  private @Nullable InboundRewriter inlet;
  private @Nullable ConnectionMonitor link;

  /** For jnats. */
  public NatsDataPort() {}

  @Override
  public void afterConstruct(Options options) {
    super.afterConstruct(options);
    if (options.getErrorListener() instanceof ConnectionMonitor own) {
      link = own;
      outlet = own.newSocket();
      inlet = new InboundRewriter(super::read, own::answersPrefix, own::takeAnswer);
    }
  }

  @Override
  public void upgradeToSecure() throws IOException {
    try {
      super.upgradeToSecure();
    } catch (SSLException e) {
      throw noted(e);
    }
  }

  /** A server that refuses the client's certificate says so after the handshake. */
  @Override
  public int read(byte[] dst, int off, int len) throws IOException {
    try {
      return inlet == null ? super.read(dst, off, len) : inlet.read(dst, off, len);
    } catch (SSLException e) {
      throw noted(e);
    }
  }

  private SSLException noted(SSLException e) {
    if (link != null) {
      link.tlsFailed(e);
    }
    return e;
  }

  @Override
  public void flush() throws IOException {
    if (outlet != null) {
      outlet.writeTo(this);
    }
    super.flush();
  }
}
