import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type MountedWebsockets, mount_websockets } from 'joystick-websockets';
import { check_mount } from './suite.ts';

check_mount({
  name: 'a Nest application',
  shut_down_by: 'onModuleDestroy',
  async start(websockets) {
    const mount = {
      provide: 'websockets',
      inject: [HttpAdapterHost],
      useFactory({ httpAdapter }: HttpAdapterHost) {
        let mounted: MountedWebsockets | undefined;
        return {
          // Nest makes the server once the providers are made.
          onApplicationBootstrap() {
            mounted = mount_websockets(httpAdapter.getHttpServer(), websockets);
          },
          // The first of Nest's hooks: imported modules, a database, say, still serve the handlers.
          onModuleDestroy: () => mounted?.close(),
        };
      },
    };
    class AppModule {}
    Module({ controllers: [AppController], providers: [mount] })(AppModule);
    const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
    await app.listen(0);

    return { server: app.getHttpServer(), close: () => app.close() };
  },
});

class AppController {
  howdy() {
    return 'Howdy';
  }
}
// By hand, so that the tests need no compiler of decorators.
const howdy = Object.getOwnPropertyDescriptor(AppController.prototype, 'howdy');
Get()(AppController.prototype, 'howdy', howdy as PropertyDescriptor);
Controller()(AppController);
