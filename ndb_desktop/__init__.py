"""NDB Desktop: offline expert review for 国家新兴产业发展示范基地."""

__version__ = "0.1.0"
