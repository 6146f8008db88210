"""A proxy that cuts connections: each after a while, so many in all, and then none.

    cutter.py LISTEN TARGET_FILE CUTS     TARGET_FILE holds HOST:PORT, and may change on the way
"""

import asyncio
import random
import sys

LISTEN, TARGET, CUTS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
chance = random.Random(7)
left = CUTS


async def pass_on(reader, writer, connection):
    global left
    try:
        while data := await reader.read(1 << 16):
            connection["bytes"] += len(data)
            if left > 0 and connection["bytes"] > connection["limit"]:
                left -= 1
                print("cut", CUTS - left, "after", connection["bytes"], flush=True)
                for end in connection["ends"]:
                    end.transport.abort()
                return
            writer.write(data)
            await writer.drain()
    except OSError:
        # The other end is gone: so is this one.
        pass
    finally:
        writer.close()


async def meet(reader, writer):
    with open(TARGET) as target:
        host, port = target.read().strip().split(":")
    try:
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
    except OSError:
        writer.transport.abort()
        return
    connection = {"bytes": 0, "limit": chance.randint(20 << 20, 120 << 20), "ends": [writer, far_writer]}
    await asyncio.gather(pass_on(reader, far_writer, connection), pass_on(far_reader, writer, connection))


async def main():
    server = await asyncio.start_server(meet, "127.0.0.1", LISTEN)
    async with server:
        await server.serve_forever()


asyncio.run(main())
