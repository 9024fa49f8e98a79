// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.InboundRewriter;
import dev.jetlane.nats.wire.ProtocolException;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Options;
import io.nats.client.impl.SocketDataPortWithWriteTimeout;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a queue's own connection. Not for users of a queue: it is public because jnats
 * creates it by its class name.
 *
 * <p>It extends the socket of jnats, with its TLS, websockets and timeouts. Inbound bytes pass
 * through an {@link InboundRewriter}, and a flush also writes the frames of the {@link
 * FrameWriter}. jnats flushes under the lock of its own writer, so frames never mix.
 */
public final class NatsDataPort extends SocketDataPortWithWriteTimeout {

  /** The thread of jnats that creates this socket; it then waits until the server accepts it. */
  private final Thread opener = Thread.currentThread();

  private @Nullable FrameWriter writer;
  private @Nullable InboundRewriter rewriter;
  private @Nullable Wire wire;

  /** The refusals of credentials before this socket was opened; changed by the reader only. */
  private int refusals;

  /** Creates the socket, for jnats. */
  public NatsDataPort() {}

  @Override
  public void afterConstruct(Options options) {
    super.afterConstruct(options);
    if (options.getErrorListener() instanceof Wire own) {
      wire = own;
      writer = own.newSocket();
      rewriter = own.rewriterOf(super::read);
      refusals = own.credentialRefusals();
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

  /**
   * Reads bytes. A server reports a refused client certificate after the handshake, so the failure
   * appears here.
   */
  @Override
  public int read(byte[] dst, int off, int len) throws IOException {
    InboundRewriter own = rewriter;
    Wire told = wire;
    if (own == null || told == null) {
      return super.read(dst, off, len);
    }
    told.reading(true);
    try {
      endRefused(told);
      return own.read(dst, off, len);
    } catch (SSLException e) {
      throw noted(e);
    } catch (ProtocolException e) {
      told.protocolFailed(e);
      throw e;
    } catch (RuntimeException | Error e) {
      // An unchecked exception would silently end jnats' reader thread; an IOException makes jnats
      // open another socket.
      throw new IOException("reading from the server failed", e);
    } finally {
      told.reading(false);
    }
  }

  /**
   * Ends an attempt to reconnect whose credentials were refused. jnats has read the refusal when it
   * reads again, but it waits for the connect timeout before the next attempt.
   */
  private void endRefused(Wire told) {
    int now = told.credentialRefusals();
    if (now != refusals) {
      refusals = now;
      if (told.monitor().isReconnecting()) {
        opener.interrupt();
      }
    }
  }

  private <E extends IOException> E noted(E e) {
    if (wire != null) {
      wire.connectFailures().add(e);
    }
    return e;
  }

  @Override
  public void flush() throws IOException {
    if (writer != null) {
      writer.writeTo(this::write);
    }
    super.flush();
  }
}
